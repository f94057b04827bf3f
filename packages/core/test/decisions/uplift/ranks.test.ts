import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  qiniCoefficient,
  qiniCurve,
  ranked,
  type UpliftUnits,
  upliftCoefficient,
  upliftCurve,
} from '../../../src/decisions/uplift/qini.ts';
import { rankQuality } from '../../../src/decisions/uplift/qini-intervals.ts';
import { normal } from '../../../src/simulation/distributions.ts';
import { openRandom } from '../../../src/simulation/random.ts';

interface Case extends UpliftUnits {
  readonly score: number[];
  readonly treated: number[];
  readonly outcome: number[];
  readonly qini_auc: number;
  readonly uplift_auc: number;
  readonly qini_curve: readonly [number[], number[]];
  readonly uplift_curve: readonly [number[], number[]];
}

const file = new URL('../../../../../fixtures/uplift/ranks.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Record<string, Case> };
const farthest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(Math.abs(a.length - b.length), ...Array.from(a, (value, i) => Math.abs(value - b[i]!)));

describe.each(Object.entries(cases))('beside scikit-uplift: %s', (_name, one) => {
  it('has its Qini and uplift coefficients', () => {
    expect(Math.abs(qiniCoefficient(ranked(one)) - one.qini_auc)).toBeLessThanOrEqual(1e-6);
    expect(Math.abs(upliftCoefficient(ranked(one)) - one.uplift_auc)).toBeLessThanOrEqual(1e-6);
  });
  it('has its curves, point by point', () => {
    const [qini, uplift] = [qiniCurve(one), upliftCurve(one)];
    expect(farthest(qini.taken, one.qini_curve[0])).toBe(0);
    expect(farthest(qini.gain, one.qini_curve[1])).toBeLessThanOrEqual(1e-6);
    expect(farthest(uplift.gain, one.uplift_curve[1])).toBeLessThanOrEqual(1e-6);
  });
});

/** A randomised experiment whose effect follows z; the score is z with noise. */
function experiment(seed: string, count: number, effect: number) {
  const random = openRandom(seed);
  const z = Float64Array.from({ length: count }, () => normal(random));
  const treated = Uint8Array.from({ length: count }, () => Number(random.uniform() < 0.5));
  const outcome = Uint8Array.from({ length: count }, (_, i) => Number(random.uniform() < 0.3 + effect * z[i]! * treated[i]!));
  return { score: z, treated, outcome };
}

describe('rank quality', () => {
  it('knows a score that ranks by effect, with an interval above chance', () => {
    const quality = rankQuality(experiment('real', 2_000, 0.12), { random: openRandom(1), replicates: 100 });
    expect(quality.isBetterThanChance).toBe(true);
    expect(quality.qini.low).toBeGreaterThan(0);
    expect(quality.auuc.low).toBeGreaterThan(0);
  });
  it('finds nothing where there is nothing, 95 times in 100', () => {
    const found = Array.from({ length: 60 }, (_, run) =>
      rankQuality(experiment(`none/${run}`, 400, 0), { random: openRandom(run), replicates: 40 }),
    );
    expect(found.filter(({ isBetterThanChance }) => isBetterThanChance).length).toBeLessThanOrEqual(8);
  });
  it('does not find it once treatments are shuffled, whatever the score', () => {
    const { score, outcome, treated } = experiment('real', 2_000, 0.12);
    const random = openRandom('shuffle');
    const shuffled = treated.map(() => Number(random.uniform() < 0.5));
    expect(
      rankQuality({ score, outcome, treated: shuffled }, { random: openRandom(1), replicates: 100 }).isBetterThanChance,
    ).toBe(false);
  });
  it('does not depend on the scale of a score, only on its order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
        const units = experiment(`scale/${seed}`, 200, 0.1);
        const stretched = { ...units, score: units.score.map((value) => Math.exp(2 * value) - 7) };
        expect(qiniCoefficient(ranked(stretched))).toBeCloseTo(qiniCoefficient(ranked(units)), 12);
      }),
      { numRuns: 50, seed: 6 },
    );
  });
  it('weighs units as if they stood there as often', () => {
    const units = experiment('weights', 120, 0.1);
    const weights = Uint8Array.from(units.score, (_, i) => i % 3);
    const repeat = (values: ArrayLike<number>) =>
      Array.from(values).flatMap((value, i) => Array<number>(weights[i]!).fill(value));
    const longhand = ranked({ score: repeat(units.score), treated: repeat(units.treated), outcome: repeat(units.outcome) });
    expect(qiniCoefficient(ranked(units), weights)).toBeCloseTo(qiniCoefficient(longhand), 10);
  });
});
