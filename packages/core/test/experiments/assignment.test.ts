import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { assign, type Split, variantAt } from '@tillcast/core/experiments/assign';
import { murmur3 } from '@tillcast/core/experiments/murmur3';
import { type Purpose, positionOf } from '@tillcast/core/experiments/position';
import { chiSquaredUpper } from '@tillcast/core/experiments/statistics/special/chi-squared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignmentVectors, vectorSplits } from './vectors.ts';

const isLong = process.env.TILLCAST_LONG === '1';
const reference = vectorSplits.model_comparison_2024!;
const salts = isLong ? 1_000 : 320;
const unitsASalt = isLong ? 100_000 : 2_000;
const bins = 20;

const pOf = (counts: readonly number[], expected: readonly number[]): number =>
  chiSquaredUpper(
    counts.reduce((sum, count, bin) => sum + (count - expected[bin]!) ** 2 / expected[bin]!, 0),
    counts.length - 1,
  );

type Position = (salt: string, unit: string) => number;
const ours: Position = (salt, unit) => positionOf('variant', salt, unit);

/** P-values of evenness over 20 bins, one a salt. */
function evenness(position: Position): number[] {
  return Array.from({ length: salts }, (_, s) => {
    const counts = new Array<number>(bins).fill(0);
    for (let n = 0; n < unitsASalt; n++) counts[Math.min(bins - 1, Math.floor(position(`exp-${s}`, `a:${n}`) * bins))]!++;
    return pOf(counts, new Array<number>(bins).fill(unitsASalt / bins));
  });
}

/** P-values of evenness of the pairs (bin in one experiment, bin in the next): uneven where the two depend on each other. */
function independence(position: Position): number[] {
  return Array.from({ length: salts }, (_, s) => {
    const counts = new Array<number>(16).fill(0);
    for (let n = 0; n < unitsASalt; n++) {
      const [one, two] = [position(`exp-${s}`, `a:${n}`), position(`exp-${s + 1}`, `a:${n}`)];
      counts[Math.floor(one * 4) * 4 + Math.floor(two * 4)]!++;
    }
    return pOf(counts, new Array<number>(16).fill(unitsASalt / 16));
  });
}

/** Whether p-values look like those of chance: none absurd, and not more small ones than chance has (six sigma over the expected share). */
function looksLikeChance(values: readonly number[]): boolean {
  const small = values.filter((p) => p < 0.01).length;
  return Math.min(...values) > 1e-7 && small <= values.length * 0.01 + 6 * Math.sqrt(values.length * 0.01 * 0.99);
}

describe('the hash', () => {
  it.each([
    ['', 0, 0],
    ['', 1, 0x514e28b7],
    ['hello', 0, 0x248bfa47],
    ['hello, world', 0, 0x149bbb7f],
    ['The quick brown fox jumps over the lazy dog', 0, 0x2e4ff723],
    ['aaaa', 0x9747b28c, 0x5a97808a],
    ['abc', 0, 0xb3dd93fa],
  ])('is MurmurHash3_x86_32: %j, seed %i', (text, seed, expected) => {
    expect(murmur3(text, seed)).toBe(expected);
  });

  it('is of the bytes of any text, however long', () => {
    expect(murmur3('x'.repeat(10_000))).toBe(murmur3('x'.repeat(10_000)));
    expect(new Set([1_364, 1_365, 1_366, 5_000].map((length) => murmur3('漢'.repeat(length)))).size).toBe(4);
  });
});

describe('positions', () => {
  it(`are even on ${salts} salts`, () => expect(looksLikeChance(evenness(ours))).toBe(true));
  it(`of one experiment tell nothing of another, on ${salts} pairs`, () =>
    expect(looksLikeChance(independence(ours))).toBe(true));

  const fnv1a = (text: string): number => {
    let hash = 0x811c9dc5;
    for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    return hash >>> 0;
  };

  it('planted: a hash that leaves out the salt is found by dependence', () => {
    expect(looksLikeChance(independence((_salt, unit) => positionOf('variant', '', unit)))).toBe(false);
  });
  it('planted: a modulo of a small range, divided as if it were a larger one, is found uneven', () => {
    expect(looksLikeChance(evenness((salt, unit) => ((murmur3(`${salt}\n${unit}`) % 1_100) % 1_000) / 1_000))).toBe(false);
  });
  it('planted: a hash without a last mixing step is found uneven', () => {
    expect(looksLikeChance(evenness((salt, unit) => fnv1a(`${salt}\n${unit}`) / 2 ** 32))).toBe(false);
  });
});

describe('fixtures/assignments.json', () => {
  it('is what this version assigns', () => {
    const file = new URL('../../../../fixtures/assignments.json', import.meta.url);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(assignmentVectors());
  });
});

const weights = fc
  .array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 2, maxLength: 6 })
  .map((raw) => raw.map((weight) => weight / raw.reduce((sum, one) => sum + one, 0)));
const unit = fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => `a:${text}`);
const splitOf = (given: readonly number[], over: Partial<Split> = {}): Split => ({
  ...reference,
  variants: given.map((_, v) => ({ name: `v${v}` })),
  weights: given,
  ...over,
});

describe('assign', () => {
  it('raising the exposure share never moves a unit that takes part', () => {
    fc.assert(
      fc.property(weights, unit, fc.double({ min: 1e-6, max: 1, noNaN: true }), (given, one, exposureShare) => {
        const { variant } = assign(splitOf(given, { exposureShare }), one);
        if (variant !== undefined) expect(assign(splitOf(given), one).variant).toBe(variant);
      }),
    );
  });

  it('gives every position a variant that has weight', () => {
    fc.assert(
      fc.property(weights, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (given, position) => {
        expect(splitOf(given).variants.map(({ name }) => name)).toContain(variantAt(splitOf(given), position));
      }),
    );
    expect(variantAt(splitOf([0.5, 0.5 - 1e-12, 0]), 1 - 1e-15)).toBe('v1');
  });

  it('puts no unit into two slices of a layer, and every unit into one where they cover it', () => {
    fc.assert(
      fc.property(unit, fc.double({ min: 0.1, max: 0.9, noNaN: true }), (one, cut) => {
        const slice = (from: number, to: number) =>
          assign(splitOf([0.5, 0.5], { salt: `s${from}`, layers: [{ layer: 'l', from, to }] }), one).variant;
        expect([slice(0, cut), slice(cut, 1)].filter((variant) => variant !== undefined)).toHaveLength(1);
      }),
    );
  });

  it('holds the same units out of every experiment that names the holdout', () => {
    const holdout = { name: 'global', share: 0.2 };
    let held = 0;
    for (let n = 0; n < 2_000; n++) {
      const out = ['one', 'two', 'three'].map(
        (salt) => assign(splitOf([0.5, 0.5], { salt, holdout }), `a:${n}`).variant === undefined,
      );
      expect(new Set(out).size).toBe(1);
      if (out[0]) held++;
    }
    // 2,000 units, share 0.2: 400 ± 6 standard deviations.
    expect(Math.abs(held - 400)).toBeLessThan(107);
  });

  it('decides exposure, variant, layer and holdout apart from each other', () => {
    const cells = new Array<number>(16).fill(0);
    const at = (purpose: Purpose, n: number): number => Math.floor(positionOf(purpose, 'same', `a:${n}`) * 4);
    for (let n = 0; n < 40_000; n++) cells[at('exposure', n) * 4 + at('variant', n)]!++;
    expect(pOf(cells, new Array<number>(16).fill(2_500))).toBeGreaterThan(1e-6);
  });

  const many = isLong ? 1_000_000 : 50_000;
  it(`splits ${many} units as designed, the same in another process`, () => {
    const script = `
      import { assign } from '@tillcast/core/experiments/assign';
      import { murmur3 } from '@tillcast/core/experiments/murmur3';
      const split = JSON.parse(process.argv[1]);
      const counts = {};
      let digest = 0;
      for (let n = 0; n < ${many}; n++) {
        const { variant } = assign(split, 'a:' + n);
        counts[variant] = (counts[variant] ?? 0) + 1;
        digest = murmur3(digest + variant);
      }
      console.log(JSON.stringify({ counts, digest }));`;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script, JSON.stringify(reference)], {
      encoding: 'utf8',
      cwd: new URL('.', import.meta.url),
    });
    const there = JSON.parse(child.stdout) as { counts: Record<string, number>; digest: number };
    const counts: Record<string, number> = {};
    let digest = 0;
    for (let n = 0; n < many; n++) {
      const variant = assign(reference, `a:${n}`).variant!;
      counts[variant] = (counts[variant] ?? 0) + 1;
      digest = murmur3(digest + variant);
    }
    expect(there).toEqual({ counts, digest });
    const names = reference.variants.map(({ name }) => name);
    expect(
      pOf(
        names.map((name) => counts[name]!),
        reference.weights.map((weight) => weight * many),
      ),
    ).toBeGreaterThan(1e-4);
  });
});
