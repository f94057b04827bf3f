import { fitRidge } from '@tillcast/core/learning/logistic';
import type { Random } from '@tillcast/core/simulation/random';
import {
  type CouponExperiment,
  type CouponShoppers,
  drawCouponShoppers,
  runCouponExperiment,
} from '@tillcast/core/simulation/treatments';
import type { CouponScenario } from '@tillcast/core/simulation/treatments-scenario';

/** Shoppers observed before the experiment at most: enough for a score of twelve features. */
const HISTORY_AT_MOST = 50_000;
const RIDGE = 10;

/** What the shop knew before the experiment: how likely a shopper is to buy without any coupon. */
export interface Forecast {
  readonly baseRate: number;
  /** Log-odds of a purchase, one a shopper. */
  score(shoppers: CouponShoppers): Float64Array;
}

/** Learns to predict purchases from shoppers of the time before any coupon. */
export function learnForecast(scenario: CouponScenario, count: number, random: Random): Forecast {
  const shoppers = drawCouponShoppers(scenario, Math.min(count, HISTORY_AT_MOST), random.fork('shoppers'));
  const { bought } = runCouponExperiment(scenario, shoppers, random.fork('purchases'), 0);
  const featureCount = scenario.traits.length;
  const rows = Int32Array.from({ length: shoppers.count }, (_, row) => row);
  const model = fitRidge({ rows: shoppers.features, featureCount, labels: bought }, rows, RIDGE);
  return {
    baseRate: bought.reduce((sum, one) => sum + one, 0) / shoppers.count,
    score: ({ count: many, features }) => Float64Array.from({ length: many }, (_, row) => model.logOdds(features, row)),
  };
}

/** An experiment on the shoppers, told apart from what is true of them. */
export interface Observed {
  readonly shoppers: CouponShoppers;
  readonly experiment: CouponExperiment;
}

/** Randomises `count` shoppers. */
export function runExperiment(scenario: CouponScenario, count: number, random: Random): Observed {
  const shoppers = drawCouponShoppers(scenario, count, random.fork('shoppers'));
  return { shoppers, experiment: runCouponExperiment(scenario, shoppers, random.fork('lots')) };
}
