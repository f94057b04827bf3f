import { bootstrap, bootstrapMetrics, isBetter, isNotWorse, pairedDifference } from '@tillcast/core/learning/bootstrap';
import { evaluateScores, metricsOnDraw } from '@tillcast/core/learning/evaluated-scores';
import { metricsOf } from '@tillcast/core/learning/metrics';
import { groupsOf } from '@tillcast/core/scoring/groups';
import { openRandom } from '@tillcast/core/simulation/random';
import { describe, expect, it } from 'vitest';
import { openShop, seenBy } from './shop.ts';

const replicates = 200;

describe('bootstrap by shopper', () => {
  it('a weighted draw is what the drawn rows written out would say', () => {
    const shop = openShop('draw', 40);
    const groups = groupsOf(shop.groups);
    const counts = Uint8Array.from({ length: 40 }, (_, shopper) => [0, 2, 1, 3][shopper % 4]!);
    const rows = Array.from(shop.truth, (_, row) => row).flatMap(
      (row) => Array(counts[groups.code[row]!]!).fill(row) as number[],
    );
    const written = metricsOf(
      rows.map((row) => shop.truth[row]!),
      rows.map((row) => shop.labels[row]!),
    );
    const drawn = metricsOnDraw(evaluateScores(shop.truth, shop.labels, groups), counts);
    for (const name of ['logLoss', 'brier', 'rocAuc', 'prAuc', 'ece', 'liftAt1', 'liftAt5', 'liftAt10'] as const) {
      expect(drawn[name]).toBeCloseTo(written[name], 12);
    }
    // One Newton step from the line of all rows, not a refit.
    expect(Math.abs(drawn.calibrationSlope - written.calibrationSlope)).toBeLessThan(0.3);
  });

  it('the same seed gives the same intervals, another seed others', () => {
    const shop = openShop('seeded', 100);
    const intervals = (seed: number) =>
      bootstrapMetrics(shop.truth, shop.labels, shop.groups, { random: openRandom(seed), replicates: 50 });
    expect(intervals(1)).toEqual(intervals(1));
    expect(intervals(2)).not.toEqual(intervals(1));
  });

  it('covers the truth about as often as it says; taking rows for independent does not', () => {
    const population = openShop('population', 40_000);
    const truth = metricsOf(population.truth, population.labels);
    const bend = (logOdds: Float64Array) => logOdds.map((z) => 0.5 + 1.2 * z);
    const bentTruth = metricsOf(bend(population.truth), population.labels);
    const covered = { byShopper: 0, byRow: 0, rocAuc: 0, slope: 0, ece: 0, bentEce: 0 };
    const samples = 120;
    for (let sample = 0; sample < samples; sample++) {
      const shop = openShop(`sample ${sample}`, 300);
      const options = { random: openRandom(sample), replicates };
      const byShopper = bootstrapMetrics(shop.truth, shop.labels, shop.groups, options);
      const rows = shop.groups.map((_, row) => row);
      const byRow = bootstrapMetrics(shop.truth, shop.labels, rows, options);
      const holds = ({ low, high }: { low: number; high: number }, value: number) => Number(low <= value && value <= high);
      covered.byShopper += holds(byShopper.logLoss, truth.logLoss);
      covered.byRow += holds(byRow.logLoss, truth.logLoss);
      covered.rocAuc += holds(byShopper.rocAuc, truth.rocAuc);
      covered.slope += holds(byShopper.calibrationSlope, truth.calibrationSlope);
      covered.ece += holds(byShopper.ece, truth.ece);
      covered.bentEce += holds(bootstrapMetrics(bend(shop.truth), shop.labels, shop.groups, options).ece, bentTruth.ece);
    }
    expect(covered.byShopper / samples).toBeGreaterThan(0.88);
    expect(covered.rocAuc / samples).toBeGreaterThan(0.88);
    expect(covered.slope / samples).toBeGreaterThan(0.88);
    expect(covered.ece / samples).toBeGreaterThan(0.88);
    expect(covered.bentEce / samples).toBeGreaterThan(0.88);
    // The negative control: rows of one shopper repeat each other.
    expect(covered.byRow / samples).toBeLessThan(0.85);
  });

  it('too few buyers to redraw: no interval is claimed', () => {
    const { rocAuc } = bootstrapMetrics([1, 2, 3, 4], [0, 0, 0, 1], ['a', 'b', 'c', 'd'], { random: openRandom(1), replicates });
    expect(rocAuc.value).toBe(1);
    expect(rocAuc.low).toBeNaN();
  });
});

describe('paired differences', () => {
  const shop = openShop('paired', 2000);
  const options = () => ({ random: openRandom(7), replicates });
  const good = seenBy(shop, 'good', 1, 0.1);
  const blurred = seenBy(shop, 'blurred', 1, 1);

  it('see that a blurred model is worse, and call neither of two equals worse', () => {
    const worse = pairedDifference('logLoss', blurred, good, shop.labels, shop.groups, options());
    expect(worse.low).toBeGreaterThan(0);
    expect(isNotWorse('logLoss', worse)).toBe(false);
    expect(isBetter('logLoss', pairedDifference('logLoss', good, blurred, shop.labels, shop.groups, options()))).toBe(true);
    const same = pairedDifference('logLoss', good, good, shop.labels, shop.groups, options());
    expect(same).toEqual({ value: 0, low: 0, high: 0 });
    expect([isNotWorse('logLoss', same), isBetter('logLoss', same)]).toEqual([true, false]);
  });

  it('know which side of a metric is good', () => {
    const auc = pairedDifference('rocAuc', blurred, good, shop.labels, shop.groups, options());
    expect(auc.high).toBeLessThan(0);
    expect(isNotWorse('rocAuc', auc)).toBe(false);
  });

  it('are narrower than the intervals of the two models, because they share their draws', () => {
    const groups = groupsOf(shop.groups);
    const near = seenBy(shop, 'near', 1, 0.12);
    const draws = bootstrap([evaluateScores(good, shop.labels, groups), evaluateScores(near, shop.labels, groups)], options());
    const { low, high } = draws.difference('logLoss', 0, 1);
    const alone = draws.metrics(0).logLoss;
    expect(high - low).toBeLessThan((alone.high - alone.low) / 5);
  });
});
