import { logOddsOf, probabilityOf } from '../scoring/log-odds.ts';
import { cumulate, normal, pick } from './distributions.ts';
import type { Random } from './random.ts';
import type { CouponScenario, ObservedTrait } from './treatments-scenario.ts';

/** Shoppers of a coupon world, a row each, with the truth behind them. */
export interface CouponShoppers {
  readonly count: number;
  /** What the shop sees: a column a trait, row after row. */
  readonly features: Float32Array;
  /** Index of the type in the scenario. */
  readonly type: Uint8Array;
  /** P(buys without a coupon) and P(buys with one), knowing the type. */
  readonly untreated: Float64Array;
  readonly treated: Float64Array;
  /** The same two, knowing the features alone: what the best possible model could say. */
  readonly untreatedSeen: Float64Array;
  readonly treatedSeen: Float64Array;
}

const show: Readonly<Record<ObservedTrait['shown'], (z: number) => number>> = {
  plain: (z) => z,
  exp: Math.exp,
  share: probabilityOf,
};

/**
 * Draws shoppers: a type, then traits given the type, then both chances to buy. What the features tell is exact, by Bayes' rule over the types
 * (traits are independent given the type, and what is shown of z can be undone), so that the feature oracle needs no model.
 */
export function drawCouponShoppers(scenario: CouponScenario, count: number, random: Random): CouponShoppers {
  const { types, traits } = scenario;
  const sums = cumulate(types.map(({ share }) => share));
  const shoppers = emptyShoppers(count, traits.length);
  const seen = openSeen(scenario);
  const z = new Float64Array(traits.length);
  for (let row = 0; row < count; row++) {
    const type = pick(random, sums);
    for (const [i, trait] of traits.entries()) {
      z[i] = scenario.signal * trait.means[type]! + trait.deviations[type]! * normal(random);
      shoppers.features[row * traits.length + i] = show[trait.shown](z[i]!);
    }
    const chances = seen(z);
    shoppers.type[row] = type;
    shoppers.untreated[row] = chances.untreatedOf[type]!;
    shoppers.treated[row] = chances.treatedOf[type]!;
    shoppers.untreatedSeen[row] = expected(chances.posterior, chances.untreatedOf);
    shoppers.treatedSeen[row] = expected(chances.posterior, chances.treatedOf);
  }
  return shoppers;
}

const emptyShoppers = (count: number, width: number) => ({
  count,
  features: new Float32Array(count * width),
  type: new Uint8Array(count),
  untreated: new Float64Array(count),
  treated: new Float64Array(count),
  untreatedSeen: new Float64Array(count),
  treatedSeen: new Float64Array(count),
});

function expected(posterior: Float64Array, chances: Float64Array): number {
  let sum = 0;
  for (let type = 0; type < posterior.length; type++) sum += posterior[type]! * chances[type]!;
  return sum;
}

/** For the traits z of a shopper: P(type | z), and for each type the chances to buy of a shopper of that type with these traits. */
function openSeen({ types, traits, signal }: CouponScenario) {
  const posterior = new Float64Array(types.length);
  const untreatedOf = new Float64Array(types.length);
  const treatedOf = new Float64Array(types.length);
  const base = types.map((type) => ({
    prior: Math.log(type.share),
    without: logOddsOf(type.untreated),
    within: logOddsOf(type.treated),
  }));
  return (z: Float64Array) => {
    for (const [k, { prior, without, within }] of base.entries()) {
      let [logDensity, pull] = [prior, 0];
      for (const [i, trait] of traits.entries()) {
        const above = z[i]! - signal * trait.means[k]!;
        logDensity -= Math.log(trait.deviations[k]!) + (above / trait.deviations[k]!) ** 2 / 2;
        pull += trait.pull * above;
      }
      posterior[k] = logDensity;
      untreatedOf[k] = probabilityOf(without + pull);
      treatedOf[k] = probabilityOf(within + pull);
    }
    softmax(posterior);
    return { posterior, untreatedOf, treatedOf };
  };
}

function softmax(values: Float64Array): void {
  const largest = Math.max(...values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    values[i] = Math.exp(values[i]! - largest);
    sum += values[i]!;
  }
  for (let i = 0; i < values.length; i++) values[i]! /= sum;
}

/** Expected profit of a shopper who buys with these chances: without a coupon, and what the coupon adds. */
export interface ProfitTerms {
  readonly untreated: number;
  readonly effect: number;
}

/** Profit in the scenario's money: the discount is paid on each order of a treated shopper, sending on each treated shopper. */
export function profitTerms({ margin, couponCost, sendCost }: CouponScenario, untreated: number, treated: number): ProfitTerms {
  return { untreated: untreated * margin, effect: treated * (margin - couponCost) - sendCost - untreated * margin };
}

/** What an experiment saw: who got a coupon, who bought, and what that earned. */
export interface CouponExperiment {
  readonly treated: Uint8Array;
  readonly bought: Uint8Array;
  readonly profit: Float64Array;
}

/** Gives each shopper a coupon with probability `treatedShare`, by lot, and lets them buy or not. */
export function runCouponExperiment(
  scenario: CouponScenario,
  shoppers: CouponShoppers,
  random: Random,
  treatedShare: number = scenario.treatedShare,
): CouponExperiment {
  const { count } = shoppers;
  const seen = { treated: new Uint8Array(count), bought: new Uint8Array(count), profit: new Float64Array(count) };
  for (let row = 0; row < count; row++) {
    const isTreated = random.uniform() < treatedShare;
    const chance = isTreated ? shoppers.treated[row]! : shoppers.untreated[row]!;
    const buys = random.uniform() < chance;
    seen.treated[row] = Number(isTreated);
    seen.bought[row] = Number(buys);
    seen.profit[row] = (buys ? scenario.margin - (isTreated ? scenario.couponCost : 0) : 0) - (isTreated ? scenario.sendCost : 0);
  }
  return seen;
}
