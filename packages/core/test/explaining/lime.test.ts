import { openLime } from '@tillcast/core/explaining/lime';
import { fitLocally } from '@tillcast/core/explaining/local-fit';
import { neighbourhoodOf } from '@tillcast/core/explaining/neighbourhood';
import { drawValue, PROFILE_SHARES } from '@tillcast/core/explaining/quantile-curve';
import { binInWords, binOf, quartileBins } from '@tillcast/core/explaining/quartile-bins';
import { topOverlap } from '@tillcast/core/explaining/top-reasons';
import { openRandom } from '@tillcast/core/simulation/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { naiveFit } from './naive-fit.ts';
import { ensembleOf, randomTrees, referenceOf, uniformRows } from './toy-model.ts';

describe('the local fit', () => {
  it('is the weighted ridge that a plain computation gives, whatever the samples', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 5, max: 400 }), fc.string(), (width, count, seed) => {
        const random = openRandom(seed);
        const neighbourhood = neighbourhoodOf(
          Uint8Array.from({ length: width * count }, () => Math.floor(random.uniform() * 3)),
          Float64Array.from({ length: count }, () => 4 * random.uniform() - 6),
        );
        const rowBins = Uint8Array.from({ length: width }, () => Math.floor(random.uniform() * 3));
        const fast = fitLocally(neighbourhood, rowBins);
        const plain = naiveFit(neighbourhood, rowBins);
        for (let j = 0; j < width; j++) expect(Math.abs(fast.weights[j]! - plain.weights[j]!)).toBeLessThan(1e-9);
        expect(Math.abs(fast.intercept - plain.intercept)).toBeLessThan(1e-9);
        expect(Math.abs(fast.r2 - plain.r2)).toBeLessThan(1e-8);
      }),
      { numRuns: 60 },
    );
  });

  it('the plain computation would notice another kernel', () => {
    const random = openRandom('kernel');
    const neighbourhood = neighbourhoodOf(
      Uint8Array.from({ length: 800 }, () => Math.floor(random.uniform() * 3)),
      Float64Array.from({ length: 200 }, () => random.uniform()),
    );
    const rowBins = Uint8Array.of(0, 1, 2, 0);
    const gap = fitLocally(neighbourhood, rowBins).intercept - naiveFit(neighbourhood, rowBins, 0.5).intercept;
    expect(Math.abs(gap)).toBeGreaterThan(1e-4);
  });
});

describe('bins and draws', () => {
  it('a drawn value is one the profile allows, and missing as often as there', () => {
    const profile = { quantiles: [0, 0, 0, 0, 1, 2, 5, 7, 12], missing: 0.25 };
    const random = openRandom('draws');
    const values = Array.from({ length: 20_000 }, () => drawValue(profile, random));
    const known = values.filter((value) => !Number.isNaN(value));
    expect(1 - known.length / values.length).toBeCloseTo(0.25, 1);
    expect(known.every((value) => Number.isInteger(value) && value >= 0 && value <= 12)).toBe(true);
    expect(known.filter((value) => value <= 1).length / known.length).toBeGreaterThan(0.45);
  });

  it('a value lies in exactly one bin, equal quartiles make one, and missing has its own', () => {
    const bins = quartileBins({ quantiles: [0, 0, 0, 0, 0, 2, 5, 7, 12], missing: 0.1 });
    expect(bins).toEqual({ cuts: [0, 2], missingBin: 3 });
    expect([-1, 0, 0.1, 2, 3, 99, Number.NaN].map((value) => binOf(bins, value))).toEqual([0, 0, 1, 1, 2, 2, 3]);
    expect([0, 1, 2, 3].map((bin) => binInWords(bins, 'x', bin))).toEqual([
      'x up to 0',
      'x above 0 and up to 2',
      'x above 2',
      'x not known',
    ]);
  });

  it('knows the shares at which profiles are made', () => {
    const rows = Float32Array.from({ length: 1_001 }, (_, at) => at / 1_000);
    const { quantiles } = referenceOf(rows, ['x']).features.x!;
    quantiles.forEach((value, knot) => {
      expect(value).toBeCloseTo(PROFILE_SHARES[knot]!, 5);
    });
  });
});

const width = 12;
const reference = referenceOf(uniformRows(width, 2_000, 'reference'), ensembleOf(width, []).featureNames);
const row = uniformRows(width, 1, 'row');

describe('LIME', () => {
  it('finds what a model adds up from bins, and says that it fits', () => {
    const halves = [1.5, -0.8, 0.3].map((strength, column) => [column, 0.5, 0, strength] as const);
    const lime = openLime(ensembleOf(width, halves), reference, { random: openRandom(3), samples: 4_000 });
    const { weights, r2, stability, withheld } = lime.explain(new Float32Array(width).fill(0.9));
    // Two of four quartile bins lie on the row's side: against the rest, a third of which does as well, two thirds of the strength show.
    expect(weights[0]).toBeCloseTo(1, 0);
    expect(weights[1]! / weights[0]!).toBeCloseTo(-0.8 / 1.5, 1);
    expect(Math.abs(weights[7]!)).toBeLessThan(0.1);
    expect(r2).toBeGreaterThan(0.25);
    expect(stability).toBeGreaterThan(0.5);
    expect(withheld).toBeUndefined();
  });

  it('says the same twice, and something else with another seed', () => {
    const ensemble = ensembleOf(width, randomTrees(width, 20, openRandom('same')));
    const explain = (seed: number) => openLime(ensemble, reference, { random: openRandom(seed), samples: 300 }).explain(row);
    expect(explain(1)).toEqual(explain(1));
    expect(explain(1).weights).not.toEqual(explain(2).weights);
  });

  it.each([80, 300, 1_000])('its stability agrees with the top fives of 200 seeds (%i samples)', (samples) => {
    const ensemble = ensembleOf(width, randomTrees(width, 20, openRandom('stable')));
    const told = Array.from({ length: 200 }, (_, seed) =>
      openLime(ensemble, reference, { random: openRandom(`seed-${seed}`), samples, repeats: 5 }).explain(row),
    );
    let observed = 0;
    for (let a = 0; a < told.length; a++) for (let b = 0; b < a; b++) observed += topOverlap(told[a]!.weights, told[b]!.weights);
    observed /= (told.length * (told.length - 1)) / 2;
    const mean = told.reduce((sum, { stability }) => sum + stability, 0) / told.length;
    const typical = Math.sqrt(told.reduce((sum, { stability }) => sum + (stability - observed) ** 2, 0) / told.length);
    expect(Math.abs(mean - observed)).toBeLessThan(0.03);
    expect(typical).toBeLessThan(0.15);
    // The control: a score that always says "stable" would miss by this much where samples are few.
    if (samples === 80) expect(1 - observed).toBeGreaterThan(0.3);
  });

  it('withholds what is unstable, with the reason', () => {
    const ensemble = ensembleOf(width, randomTrees(width, 40, openRandom('unstable')));
    const { withheld, stability } = openLime(ensemble, reference, { random: openRandom(1), samples: 40, leastR2: 0 }).explain(
      row,
    );
    expect(stability).toBeLessThan(0.6);
    expect(withheld).toMatch(/change with the seed: on average \d+ % of the top five return, at least 60 %/);
  });

  it('withholds what no straight line fits, with the reason; the same model without the crossing is told', () => {
    const crossing = ensembleOf(width, [[0, 0.5, [1, 0.5, 1, -1], [1, 0.5, -1, 1]]]);
    const plain = ensembleOf(width, [[0, 0.5, -1, 1]]);
    const explain = (ensemble: typeof plain) =>
      openLime(ensemble, reference, { random: openRandom(1), samples: 3_000, leastStability: 0 }).explain(row);
    expect(explain(crossing).withheld).toMatch(/local R² is 0\.\d\d, at least 0.25/);
    expect(explain(plain).withheld).toBeUndefined();
  });

  it('a model that never moves has no reasons, and nothing breaks on missing or unheard-of values', () => {
    const flat = openLime(ensembleOf(width, [0.5]), reference, { random: openRandom(1), samples: 100 });
    const { weights, withheld } = flat.explain(new Float32Array(width).fill(Number.NaN));
    expect(weights.every((weight) => weight === 0)).toBe(true);
    expect(withheld).toMatch(/R² is 0.00/);
    expect(
      openLime(ensembleOf(2, [[0, 1, 0, 1]]), { features: {} }, { random: openRandom(1), samples: 50 }).explain([7, -7]).weights,
    ).toEqual(new Float64Array(2));
  });

  it('refuses settings that mean nothing', () => {
    const open = (settings: object) => openLime(ensembleOf(2, [1]), reference, { random: openRandom(1), ...settings });
    expect(() => open({ samples: 1e9 })).toThrow('samples is 1000000000; give a whole number from 10 to 100000');
    expect(() => open({ repeats: 1 })).toThrow(/repeats is 1/);
  });
});
