import { openRandom } from '@tillcast/core/simulation/random';
import { type CouponShoppers, drawCouponShoppers, profitTerms } from '@tillcast/core/simulation/treatments';
import { type CouponScenario, parseCouponScenario } from '@tillcast/core/simulation/treatments-scenario';
import { describe, expect, it } from 'vitest';
import { trainerPython } from '../../src/jobs/run-trainer.ts';
import { runCoupons, unitsOf } from '../../src/lab/coupons.ts';
import { keepLedger } from '../../src/lab/coupons-ledger.ts';
import { countCovered, findLift } from '../../src/lab/coupons-lift.ts';
import { learnForecast, runExperiment } from '../../src/lab/coupons-shop.ts';
import { readCouponScenario, signals } from '../../src/lab/scenarios.ts';

const COUNT = 40_000;
const draw = (scenario: CouponScenario, seed = 1, count = COUNT): CouponShoppers =>
  drawCouponShoppers(scenario, count, openRandom(seed));
const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, one) => sum + one, 0) / values.length;
const medium = readCouponScenario('medium');

/** The ledger of a policy with a chance to treat for each fresh shopper. */
function ledgerOf(treats: (i: number, fresh: CouponShoppers) => number) {
  const fresh = draw(medium, 2);
  const forecast = learnForecast(medium, 5_000, openRandom('history'));
  return keepLedger({
    ...{ scenario: medium, experimented: draw(medium, 3), fresh, propensity: forecast.score(fresh) },
    ...{ treats: Float64Array.from({ length: COUNT }, (_, i) => treats(i, fresh)), random: openRandom('dice') },
  });
}

describe.each(signals)('the frozen world of coupons, %s signal', (signal) => {
  const scenario = readCouponScenario(signal);
  const shoppers = draw(scenario);
  it('converts 3 to 4 % of its shoppers, and plants a relative lift of 15 to 20 %', () => {
    expect(mean(shoppers.untreated)).toBeGreaterThan(0.03);
    expect(mean(shoppers.untreated)).toBeLessThan(0.04);
    const lift = mean(shoppers.treated) / mean(shoppers.untreated) - 1;
    expect(lift).toBeGreaterThan(0.15);
    expect(lift).toBeLessThan(0.2);
  });
  it('knows exactly what its features tell: of those with like expectations as many buy as expected', () => {
    const order = [...shoppers.treatedSeen.keys()].sort((a, b) => shoppers.treatedSeen[a]! - shoppers.treatedSeen[b]!);
    for (let bin = 0; bin < 10; bin++) {
      const rows = order.slice((bin * COUNT) / 10, ((bin + 1) * COUNT) / 10);
      const [seen, real] = [mean(rows.map((i) => shoppers.treatedSeen[i]!)), mean(rows.map((i) => shoppers.treated[i]!))];
      expect(Math.abs(seen - real)).toBeLessThan(0.12 * seen + 0.001);
    }
  });
  it('is the same for the same seed, and another for another', () => {
    expect(draw(scenario, 1, 50)).toEqual(draw(scenario, 1, 50));
    expect(draw(scenario, 2, 50)).not.toEqual(draw(scenario, 1, 50));
  });
});

describe('the ledger', () => {
  it('ranks its rules as the truth must: type oracle, feature oracle, best propensity cut, nobody', () => {
    const { profit } = ledgerOf(() => 0);
    expect(profit.type_oracle).toBeGreaterThan(profit.oracle);
    expect(profit.oracle).toBeGreaterThan(profit.top_propensity);
    expect(profit.top_propensity).toBeGreaterThanOrEqual(Math.max(profit.nobody, profit.everybody));
  });
  it('gives the oracle’s own policy its share less what was explored, and nobody’s none', () => {
    const explored = medium.explorationShare / 2;
    const oracle = (i: number, { untreatedSeen, treatedSeen }: CouponShoppers) =>
      profitTerms(medium, untreatedSeen[i]!, treatedSeen[i]!).effect > 0 ? 1 - explored : explored;
    const { shareOfOracle, explorationCost, ahead } = ledgerOf(oracle);
    expect(shareOfOracle).toBeLessThan(1);
    expect(shareOfOracle).toBeGreaterThan(0.9);
    expect(explorationCost.running).toBeGreaterThan(0);
    expect(explorationCost.experiment).toBeGreaterThan(0);
    for (const interval of Object.values(ahead)) expect(interval.low).toBeGreaterThan(0);
    expect(ledgerOf(() => 0).shareOfOracle).toBeLessThanOrEqual(0);
  });
});

describe('the lift', () => {
  it('is held by its 95 % interval in at least 90 of 100 experiments (the long run: 184 of 200), and a shifted one is not', () => {
    expect(countCovered(medium, 4_000, 1, 100)).toBeGreaterThanOrEqual(90);
    // The negative control: with coupons that work twice as well, the intervals of this world's experiments miss the truth.
    const other = { ...medium, types: medium.types.map((type) => ({ ...type, treated: Math.min(0.9, 2 * type.treated) })) };
    const planted = mean(draw(other).treated) / mean(draw(other).untreated) - 1;
    const missed = Array.from({ length: 40 }, (_, seed) => {
      const { estimated } = findLift(medium, runExperiment(medium, 4_000, openRandom(seed)), 0.034);
      return estimated[1] > planted || estimated[2] < planted;
    });
    expect(missed.filter(Boolean).length).toBeGreaterThan(30);
  });
  it('is not measurable before the experiment is as large as planned, whatever its interval says', () => {
    expect(findLift(medium, runExperiment(medium, 2_000, openRandom(1)), 0.034)).toMatchObject({ isMeasurable: false });
    expect(findLift(medium, runExperiment(medium, 45_000, openRandom(1)), 0.034)).toMatchObject({ isMeasurable: true });
  });
});

it('the learners see no type, no chance and no expectation', () => {
  const units = unitsOf(medium, runExperiment(medium, 300, openRandom(1)));
  expect(Object.keys(units).sort()).toEqual([
    'arm',
    'arms',
    'bought',
    'count',
    'featureNames',
    'features',
    'fold',
    'profit',
    'propensities',
  ]);
});

it.each([
  [{ types: [{ name: 'a', share: 0.4, untreated: 0.1, treated: 0.2 }] }, /shares that sum to 0.4/],
  [{ margin: -1 }, /margin is -1/],
  [{ traits: [{ name: 'x', shown: 'sine', means: [0], deviations: [1], pull: 0 }] }, /traits\[0\]\.shown is sine/],
])('a world that cannot be is refused: %#', (wrong, said) => {
  const types = [{ name: 'all', share: 1, untreated: 0.1, treated: 0.2 }];
  const traits = [{ name: 'x', shown: 'plain', means: [0], deviations: [1], pull: 0 }];
  const numbers = {
    version: 1,
    signal: 1,
    margin: 1,
    coupon_cost: 0,
    send_cost: 0,
    treated_share: 0.5,
    exploration_share: 0,
    planned_lift: 0.1,
  };
  expect(() => parseCouponScenario({ scenario: 'x', ...numbers, types, traits }, 'x.yaml')).not.toThrow();
  expect(() => parseCouponScenario({ scenario: 'x', ...numbers, types, traits, ...wrong }, 'x.yaml')).toThrow(said);
});

it.skipIf(trainerPython() === undefined)(
  'the whole loop runs from shop to ledger (skipped: trainer/.venv is not installed)',
  async () => {
    const report = await runCoupons({ scenario: medium, shoppers: 4_000, seed: 1, learners: ['t_logistic', 'dr_ridge'] });
    expect(report.board.board.lines.map(({ name }) => name)).toEqual(['t_logistic', 'dr_ridge', 'mean_of_better_half']);
    expect(report.ledger.profit.oracle).toBeGreaterThan(report.ledger.profit.nobody);
    expect(report.lift.isMeasurable).toBe(false);
  },
);

it.skipIf(process.env.TILLCAST_LONG !== '1' || trainerPython() === undefined)(
  'ten seeds of 200,000 shoppers: the learnt policy earns at least 80 % of the oracle’s profit in the median, 70 % at worst (skipped: TILLCAST_LONG is not 1)',
  async () => {
    const shares: number[] = [];
    for (let seed = 1; seed <= 10; seed++) {
      const { ledger } = await runCoupons({ scenario: medium, shoppers: 200_000, seed });
      shares.push(ledger.shareOfOracle);
      for (const interval of Object.values(ledger.ahead)) expect(interval.low).toBeGreaterThan(0);
    }
    shares.sort((a, b) => a - b);
    process.stderr.write(`shares of the oracle's profit: ${shares.map((share) => share.toFixed(3)).join(' ')}\n`);
    expect((shares[4]! + shares[5]!) / 2).toBeGreaterThanOrEqual(0.8);
    expect(shares[0]).toBeGreaterThanOrEqual(0.7);
    expect(countCovered(medium, 20_000, 1, 200)).toBeGreaterThanOrEqual(184);
  },
  3_600_000,
);
