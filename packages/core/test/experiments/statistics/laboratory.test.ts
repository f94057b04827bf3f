import { compare } from '@tillcast/core/experiments/statistics/compare';
import { proportionEstimate } from '@tillcast/core/experiments/statistics/estimate';
import { defaultLabDesign, simulateAa } from '@tillcast/core/experiments/statistics/laboratory/aa';
import { simulateAb } from '@tillcast/core/experiments/statistics/laboratory/ab';
import { binomial } from '@tillcast/core/experiments/statistics/laboratory/binomial';
import { simulateSplit } from '@tillcast/core/experiments/statistics/laboratory/split-trial';
import { chiSquaredUpper } from '@tillcast/core/experiments/statistics/special/chi-squared';
import { checkSplit } from '@tillcast/core/experiments/statistics/srm';
import { waldTest } from '@tillcast/core/experiments/statistics/two-sample-test';
import { openRandom } from '@tillcast/core/simulation/random';
import { describe, expect, it } from 'vitest';

describe('2,000 A/A tests, looked at on 14 days', () => {
  const aa = simulateAa(defaultLabDesign, 2_000, openRandom(7));

  it('the fixed rule errs in 5 % ± 1.5 of them', () => {
    expect(aa.fixed).toBeGreaterThanOrEqual(0.035);
    expect(aa.fixed).toBeLessThanOrEqual(0.065);
  });

  it.each(Object.keys(aa.sequential))('the always-valid rule %s in at most 5 %, all looks together', (rule) =>
    expect(aa.sequential[rule]).toBeLessThanOrEqual(0.05),
  );

  it('and the same rule would catch peeking without correction', () => {
    expect(aa.naivePeeking).toBeGreaterThanOrEqual(0.15);
    expect(aa.naivePeeking).not.toBeLessThanOrEqual(0.05);
  });

  it('a planted wrong variance is seen in the fixed rule', () => {
    const random = openRandom(8);
    const halved = (positives: number) => ({ ...proportionEstimate(24_190, positives), variance: 0.03 * 0.97 * 0.7 });
    let wrong = 0;
    for (let run = 0; run < 2_000; run++) {
      const [a, b] = [binomial(random, 24_190, 0.03), binomial(random, 24_190, 0.03)];
      if (compare(halved(a), halved(b), waldTest(0.05)).pValue <= 0.05) wrong++;
    }
    expect(wrong / 2_000).toBeGreaterThan(0.065);
  });
});

describe('1,000 A/B tests with a known effect', () => {
  const ab = simulateAb(defaultLabDesign, 1_000, openRandom(7));

  it('intervals hold the effect in 93–97 %', () => {
    expect(ab.coverage).toBeGreaterThanOrEqual(0.93);
    expect(ab.coverage).toBeLessThanOrEqual(0.97);
  });

  it('power is as computed, ± 4 points', () => expect(Math.abs(ab.power - ab.powerPlanned)).toBeLessThanOrEqual(0.04));

  it('the chosen always-valid rule has 45 % where the fixed one has 80 %, and 80 % at twice as many', () => {
    expect(ab.sequential.two_peak!.power).toBeGreaterThanOrEqual(0.45);
    expect(ab.sequential.two_peak!.powerAtTwice).toBeGreaterThanOrEqual(0.8);
  });

  it('and more than the normal mixture, which is why it was chosen', () =>
    expect(ab.sequential.two_peak!.power).toBeGreaterThan(ab.sequential.confidence_sequence!.power + 0.04));

  it('CUPED leaves 1 − ρ² of the variance, and intervals that hold; conversion gains modestly', () => {
    expect(Math.abs(ab.cuped.amounts - 0.64)).toBeLessThanOrEqual(0.02);
    expect(ab.cuped.amountsCoverage).toBeGreaterThanOrEqual(0.93);
    expect(ab.cuped.amountsCoverage).toBeLessThanOrEqual(0.97);
    expect(ab.cuped.conversion).toBeGreaterThan(0.9);
    expect(ab.cuped.conversion).toBeLessThan(1);
  });
});

describe('a split looked at on 14 days', () => {
  const rings = (units: number, loss: number) =>
    simulateSplit({ runs: 2_000, units, loss, looks: 14 }, openRandom(`split ${units}`));

  it.each([200_000, 1_000_000])('rings at most 6 times in 2,000 healthy runs of %s units', (units) => {
    const healthy = rings(units, 0);
    expect(healthy.sequential * 2_000).toBeLessThanOrEqual(6);
    expect(healthy.naivePeeking * 2_000).toBeGreaterThan(6);
  });

  it.each([
    [200_000, 0.03],
    [1_000_000, 0.01],
  ])('of %s units catches a loss of %s in one arm in 90 % of runs', (units, loss) => {
    const caught = rings(units, loss);
    expect(caught.sequential).toBeGreaterThanOrEqual(0.9);
    expect(caught.fixed).toBeGreaterThanOrEqual(0.9);
  });

  it('a check blind to the weights would ring on any healthy 70 : 30 split', () => {
    const counts = [70_100, 29_900];
    expect(checkSplit(counts, [0.7, 0.3]).isAlarm).toBe(false);
    expect(checkSplit(counts, [0.5, 0.5]).isAlarm).toBe(true);
  });
});

describe('drawing how many of n succeed', () => {
  it('is binomial: a chi-squared test over its values', () => {
    const random = openRandom(3);
    const [n, p, draws] = [40, 0.2, 20_000];
    const seen = new Float64Array(n + 1);
    for (let draw = 0; draw < draws; draw++) seen[binomial(random, n, p)]!++;
    const expected = new Float64Array(n + 1);
    let chance = (1 - p) ** n;
    for (let k = 0; k <= n; k++) {
      expected[k] = draws * chance;
      chance *= ((n - k) / (k + 1)) * (p / (1 - p));
    }
    const kept = [...expected.keys()].filter((k) => expected[k]! >= 5);
    const statistic = kept.reduce((sum, k) => sum + (seen[k]! - expected[k]!) ** 2 / expected[k]!, 0);
    expect(chiSquaredUpper(statistic, kept.length - 1)).toBeGreaterThan(0.001);
    expect([binomial(random, 1_000, 0), binomial(random, 1_000, 1)]).toEqual([0, 1_000]);
  });
});
