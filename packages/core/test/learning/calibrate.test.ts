import { fitPlatt } from '@tillcast/core/learning/calibrate';
import { fitCalibrationLine } from '@tillcast/core/learning/calibration-line';
import { logLoss } from '@tillcast/core/learning/metrics';
import { groupsOf } from '@tillcast/core/scoring/groups';
import { logOddsOf, probabilityOf } from '@tillcast/core/scoring/log-odds';
import { openRandom } from '@tillcast/core/simulation/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normal, openShop, seenBy } from './shop.ts';

const deviation = (values: Float64Array): number => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
};
const served = (logOdds: Float64Array, labels: ArrayLike<number>, priorRate?: number) => {
  const { slope, intercept } = fitPlatt(logOdds, labels, priorRate === undefined ? {} : { priorRate });
  return logOdds.map((z) => intercept + slope * z);
};

/** Scores that know nothing, of a shop where exactly `positives` of 40 times as many rows bought. */
const worthless = (seed: number, positives: number) => {
  const random = openRandom(seed);
  const logOdds = Float64Array.from({ length: 40 * positives }, () => -3.7 + 1.5 * normal(random));
  return { logOdds, labels: Uint8Array.from(logOdds, (_, row) => Number(row < positives)) };
};

describe('Platt with a prior', () => {
  it.each([25, 100, 1000])('worthless scores collapse to the base rate (%i buyers)', (positives) => {
    const spreads = Array.from({ length: 20 }, (_, seed) => {
      const { logOdds, labels } = worthless(seed, positives);
      const answers = served(logOdds, labels);
      const mean = answers.reduce((sum, z) => sum + probabilityOf(z), 0) / answers.length;
      expect(mean).toBeCloseTo(1 / 40, 6);
      return deviation(answers);
    });
    // At most one in twenty strays; a standard deviation of 0.05 log-odds moves 2.5 % to 2.6 %.
    expect(spreads.filter((spread) => spread > 0.05).length).toBeLessThanOrEqual(1);
    // The negative control: plain Platt believes noise when buyers are few.
    const plain = Array.from({ length: 20 }, (_, seed) =>
      deviation(served(worthless(seed, positives).logOdds, worthless(seed, positives).labels, 0)),
    );
    if (positives === 25) expect(plain.filter((spread) => spread > 0.05).length).toBeGreaterThan(5);
  });

  it('with plenty of data it is plain Platt', () => {
    const shop = openShop('plenty', 50_000, 1);
    const scores = seenBy(shop, 'seen', 2, 0.5);
    const line = fitCalibrationLine(scores, shop.labels);
    const { slope, intercept } = fitPlatt(scores, shop.labels);
    expect(Math.abs(slope / line.slope - 1)).toBeLessThan(0.005);
    expect(Math.abs(intercept - line.intercept)).toBeLessThan(0.01);
  });

  it('without its prior it is plain Platt, to rounding', () => {
    const shop = openShop('plain', 500);
    const line = fitCalibrationLine(shop.truth, shop.labels);
    const { slope, intercept } = fitPlatt(shop.truth, shop.labels, { priorRate: 0 });
    expect(slope).toBeCloseTo(line.slope, 6);
    expect(intercept).toBeCloseTo(line.intercept, 6);
  });

  it('few buyers and overconfident scores: closer to the base rate than the scores, and no worse than it on new rows', () => {
    let [ours, raw, constant] = [0, 0, 0];
    for (let seed = 0; seed < 30; seed++) {
      const shop = openShop(`few ${seed}`, 1200, 1, -3.9, 0.3);
      const fresh = openShop(`fresh ${seed}`, 1200, 1, -3.9, 0.3);
      const { slope, intercept } = fitPlatt(seenBy(shop, `a ${seed}`, 2, 1.5), shop.labels);
      const scores = seenBy(fresh, `b ${seed}`, 2, 1.5);
      const base = logOddsOf(shop.labels.reduce((sum, y) => sum + y, 0) / shop.labels.length);
      ours += logLoss(
        scores.map((z) => intercept + slope * z),
        fresh.labels,
      );
      raw += logLoss(scores, fresh.labels);
      constant += logLoss(scores.fill(base), fresh.labels);
    }
    expect(ours).toBeLessThan(raw);
    expect(ours).toBeLessThan(constant * 1.002);
  });

  it('the slope is positive and finite, even for reversed, constant or separating scores', () => {
    const scores = fc.array(fc.tuple(fc.double({ min: -40, max: 40, noNaN: true }), fc.constantFrom(0, 1)), {
      minLength: 2,
      maxLength: 50,
    });
    fc.assert(
      fc.property(scores, (rows) => {
        const labels = rows.map(([, y]) => y);
        fc.pre(labels.includes(0) && labels.includes(1));
        const { slope, intercept } = fitPlatt(
          rows.map(([z]) => z),
          labels,
        );
        expect(slope).toBeGreaterThan(0);
        expect(Number.isFinite(slope) && Number.isFinite(intercept)).toBe(true);
      }),
    );
  });

  it('ten copies of each shopper’s rows are no more evidence than one', () => {
    const shop = openShop('copies', 400, 1);
    const scores = seenBy(shop, 'seen', 1.5, 1);
    const times = <T>(values: ArrayLike<T>) => Array.from(values).flatMap((value) => Array(10).fill(value) as T[]);
    const groups = groupsOf(times(shop.groups)).code;
    const once = fitPlatt(scores, shop.labels, { groups: groupsOf(shop.groups).code });
    const copied = fitPlatt(Float64Array.from(times(scores)), times(shop.labels), { groups });
    expect(copied.slope).toBeCloseTo(once.slope, 6);
    expect(fitPlatt(Float64Array.from(times(scores)), times(shop.labels)).slope).toBeGreaterThan(1.01 * once.slope);
  });

  it('weights count rows', () => {
    const shop = openShop('weights', 300, 1);
    const weights = shop.truth.map((_, row) => 1 + (row % 3));
    const rows = Array.from(shop.truth, (_, row) => row).flatMap((row) => Array(weights[row]!).fill(row) as number[]);
    const written = fitPlatt(
      rows.map((row) => shop.truth[row]!),
      rows.map((row) => shop.labels[row]!),
    );
    const weighted = fitPlatt(shop.truth, shop.labels, { weights });
    expect(weighted.slope).toBeCloseTo(written.slope, 6);
  });

  it('one class is refused', () => {
    expect(() => fitPlatt([1, 2], [0, 0])).toThrowError(expect.objectContaining({ code: 'ONE_CLASS' }));
  });
});
