import { armInterval } from '@tillcast/core/experiments/statistics/arm-interval';
import { proportionEstimate } from '@tillcast/core/experiments/statistics/estimate';
import { describe, expect, it } from 'vitest';

describe('the interval of an arm by itself', () => {
  // Newcombe 1998, “Two-sided confidence intervals for the single proportion”, table I, method 3 (Wilson's score).
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('%i of %i: the published score interval', (positives, n, low, high) => {
    const [value, from, to] = armInterval(proportionEstimate(n, positives), true)!;
    expect(value).toBeCloseTo(positives / n, 12);
    expect([from, to].map((end) => Number(end.toFixed(4)))).toEqual([low, high]);
  });

  it('is as wide as its units are worth: clusters of ten, that buy together, count as one each', () => {
    const alone = armInterval(proportionEstimate(100, 30), true)!;
    const together = armInterval({ ...proportionEstimate(1_000, 300), variance: 10 * 0.3 * 0.7 }, true)!;
    expect(together[1]).toBeCloseTo(alone[1], 12);
    expect(together[2]).toBeCloseTo(alone[2], 12);
  });

  it('of an amount reaches 1.96 standard errors, and is not told where nothing varies or nobody came', () => {
    const estimate = { n: 400, mean: 2, baseMean: 2, variance: 100 };
    const [value, low, high] = armInterval(estimate, false)!;
    expect([value, low, high].map((end) => Number(end.toFixed(3)))).toEqual([2, 1.02, 2.98]);
    expect(armInterval({ ...estimate, variance: 0 }, false)).toBeNull();
    expect(armInterval({ ...estimate, n: 1 }, false)).toBeNull();
  });
});
