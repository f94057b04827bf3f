import { compare, deltaInterval, differenceVariance } from '@tillcast/core/experiments/statistics/compare';
import type { Estimate } from '@tillcast/core/experiments/statistics/estimate';
import { sequentialTest } from '@tillcast/core/experiments/statistics/sequential';
import { waldTest } from '@tillcast/core/experiments/statistics/two-sample-test';
import { normal } from '@tillcast/core/simulation/distributions';
import { openRandom } from '@tillcast/core/simulation/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** An estimate whose standard error is known: `mean` and its error. */
const estimate = (mean: number, error: number): Estimate => ({
  n: 10_000,
  mean,
  baseMean: mean,
  variance: 10_000 * error * error,
});
const test = waldTest(0.05);
const { critical } = test(estimate(1, 1), estimate(1, 1));

/** Whether a lift agrees with the data: the test of b − (1 + r) a = 0, which is what Fieller's set is made of. */
const agrees = (control: Estimate, treatment: Estimate, lift: number): boolean => {
  const stretched = { ...control, variance: control.variance * (1 + lift) ** 2 };
  const gap = treatment.mean - (1 + lift) * control.mean;
  return Math.abs(gap) <= critical * Math.sqrt(differenceVariance(stretched, treatment));
};

describe('Fieller’s interval of a lift', () => {
  const near = fc.record({
    mean: fc.double({ min: 0.2, max: 1, noNaN: true }),
    errors: fc.double({ min: 2.1, max: 6, noNaN: true }),
    treated: fc.double({ min: -1, max: 3, noNaN: true }),
    error: fc.double({ min: 0.01, max: 0.5, noNaN: true }),
  });

  it('is the set of lifts whose test is not significant: just inside its ends they are, just outside they are not', () => {
    fc.assert(
      fc.property(near, ({ mean, errors, treated, error }) => {
        const [control, treatment] = [estimate(mean, mean / errors), estimate(treated, error)];
        const { relativeLift, liftBy } = compare(control, treatment, test);
        expect(liftBy).toBe('fieller');
        const [value, low, high] = relativeLift!;
        const step = 1e-6 * (high - low);
        for (const inside of [low + step, high - step, value]) expect(agrees(control, treatment, inside)).toBe(true);
        for (const outside of [low - step, high + step]) expect(agrees(control, treatment, outside)).toBe(false);
        // The control: the delta method's ends are not such ends.
        const [, deltaLow] = deltaInterval(control, treatment, critical);
        expect(Math.abs(deltaLow - low)).toBeGreaterThan(step);
      }),
      { seed: 6 },
    );
  });

  it('is left for the delta method where control is far from 0, and there both agree', () => {
    const [control, treatment] = [estimate(1, 1 / 50), estimate(1.1, 0.02)];
    const far = compare(control, treatment, test);
    expect(far.liftBy).toBe('delta');
    expect(far.relativeLift).toEqual(deltaInterval(control, treatment, critical));
    for (const at of [far.relativeLift![1], far.relativeLift![2]]) {
      expect(agrees(control, treatment, at + 0.01 * Math.sign(at - 0.1))).toBe(false);
      expect(agrees(control, treatment, at - 0.01 * Math.sign(at - 0.1))).toBe(true);
    }
  });

  it('has no ends where control cannot be told from 0', () => {
    expect(compare(estimate(1, 0.6), estimate(2, 0.1), test).relativeLift).toBeNull();
    expect(compare(estimate(0, 0.6), estimate(2, 0.1), test).relativeLift).toBeNull();
  });

  /** How often intervals hold a true lift of 100 %, and how often they end below it, over experiments whose control is `errors` standard errors from 0. */
  const held = (errors: number, interval: (control: Estimate, treatment: Estimate) => readonly number[] | null) => {
    const random = openRandom('fieller');
    let [covered, below] = [0, 0];
    const runs = 20_000;
    for (let run = 0; run < runs; run++) {
      const [a, b] = [1 + normal(random) / errors, 2 + normal(random) / errors];
      const [control, treatment] = [estimate(a, 1 / errors), estimate(b, 1 / errors)];
      const found = interval(control, treatment);
      // Without ends every lift is in it.
      if (found === null || (found[1]! <= 1 && 1 <= found[2]!)) covered++;
      else if (found[2]! < 1) below++;
    }
    return { coverage: covered / runs, below: below / runs };
  };

  it('holds the truth in 95 %, where the delta method (planted) ends below it nearly three times as often as it should', () => {
    const fieller = held(4, (control, treatment) => compare(control, treatment, test).relativeLift);
    expect(fieller.coverage).toBeGreaterThan(0.945);
    expect(fieller.below).toBeLessThan(0.035);
    const delta = held(4, (control, treatment) => deltaInterval(control, treatment, critical));
    expect(delta.coverage).toBeLessThan(0.94);
    expect(delta.below).toBeGreaterThan(0.06);
  });

  it('costs some percent of coverage where one method takes over from the other, and no more', () => {
    const atTheBound = held(6, (control, treatment) => compare(control, treatment, test).relativeLift);
    expect(atTheBound.coverage).toBeGreaterThan(0.91);
  });

  it('is wider for an always-valid test, which leaves the delta method earlier', () => {
    const [control, treatment] = [estimate(1, 1 / 7), estimate(1.5, 0.1)];
    const once = compare(control, treatment, test);
    const always = compare(control, treatment, sequentialTest(0.05, { kind: 'two_peak', plannedUnits: 20_000 }));
    expect([once.liftBy, always.liftBy]).toEqual(['delta', 'fieller']);
    expect(always.relativeLift![2] - always.relativeLift![1]).toBeGreaterThan(once.relativeLift![2] - once.relativeLift![1]);
  });
});
