import { bestCutOff } from '@tillcast/core/decisions/policy/best-cut-off';
import { meanInterval } from '@tillcast/core/decisions/uplift/mean-interval';
import type { Interval } from '@tillcast/core/learning/metric';
import type { Random } from '@tillcast/core/simulation/random';
import { type CouponShoppers, profitTerms } from '@tillcast/core/simulation/treatments';
import type { CouponScenario } from '@tillcast/core/simulation/treatments-scenario';

/** Rules that are valued on the same fresh shoppers. */
export const rules = ['nobody', 'everybody', 'top_propensity', 'learnt_policy', 'oracle', 'type_oracle'] as const;
export type Rule = (typeof rules)[number];

/** What each rule earns on the fresh shoppers, in the scenario's money. */
export interface Ledger {
  readonly profit: Readonly<Record<Rule, number>>;
  /** Part of the learnt policy's profit already taken off: lost on the experiment (never below 0), and on exploring since. */
  readonly explorationCost: { readonly experiment: number; readonly running: number };
  /** Share of the oracle's profit above nobody that the learnt policy earns. */
  readonly shareOfOracle: number;
  /** Learnt policy minus rule, a fresh shopper: realised purchases, paired by shopper, exploration paid. 95 %. */
  readonly ahead: Readonly<Record<'nobody' | 'everybody' | 'top_propensity', Interval>>;
  readonly topPropensityShare: number;
  readonly treatedShare: number;
}

/** What the ledger is made of. */
export interface LedgerParts {
  readonly scenario: CouponScenario;
  /** The experiment's shoppers, whose treatment had a price. */
  readonly experimented: CouponShoppers;
  readonly fresh: CouponShoppers;
  /** Purchase scores of the fresh shoppers, known before. */
  readonly propensity: Float64Array;
  /** The learnt policy's chance to treat each fresh shopper, exploration included. */
  readonly treats: Float64Array;
  readonly random: Random;
}

/** Values the rules by the true chances of the fresh shoppers; the intervals by what these shoppers then do. */
export function keepLedger({ scenario, experimented, fresh, propensity, treats, random }: LedgerParts): Ledger {
  const terms = termsOf(scenario, fresh);
  const untreated = terms.base;
  const total = (share: (i: number) => number) => untreated + terms.effect.reduce((sum, one, i) => sum + share(i) * one, 0);
  const cutOff = bestCutOff(propensity, terms.effect);
  const isTop = topOf(propensity, cutOff.treated);
  const explore = scenario.explorationShare;
  const experiment = Math.max(0, -scenario.treatedShare * sumOf(termsOf(scenario, experimented).effect));
  const withoutExploring = (i: number) => (treats[i]! > 0.5 ? 1 : 0);
  const profit = {
    nobody: untreated,
    everybody: total(() => 1),
    top_propensity: untreated + cutOff.profit,
    learnt_policy: total((i) => treats[i]!) - experiment,
    oracle: total((i) => Number(terms.seen[i]! > 0)),
    type_oracle: total((i) => Number(terms.effect[i]! > 0)),
  };
  const realised = realisedEffects(scenario, fresh, random);
  const costEach = experiment / fresh.count;
  const ahead = (other: (i: number) => number) =>
    meanInterval(fresh.count, (i) => (treats[i]! - other(i)) * realised[i]! - costEach);
  return {
    profit,
    explorationCost: { experiment, running: explore === 0 ? 0 : total(withoutExploring) - total((i) => treats[i]!) },
    shareOfOracle: (profit.learnt_policy - profit.nobody) / (profit.oracle - profit.nobody),
    ahead: { nobody: ahead(() => 0), everybody: ahead(() => 1), top_propensity: ahead((i) => isTop[i]!) },
    topPropensityShare: cutOff.treated / fresh.count,
    treatedShare: sumOf(treats) / fresh.count,
  };
}

function termsOf(scenario: CouponScenario, shoppers: CouponShoppers) {
  const effect = new Float64Array(shoppers.count);
  const seen = new Float64Array(shoppers.count);
  let base = 0;
  for (let i = 0; i < shoppers.count; i++) {
    const terms = profitTerms(scenario, shoppers.untreated[i]!, shoppers.treated[i]!);
    base += terms.untreated;
    effect[i] = terms.effect;
    seen[i] = profitTerms(scenario, shoppers.untreatedSeen[i]!, shoppers.treatedSeen[i]!).effect;
  }
  return { base, effect, seen };
}

/** What a coupon changes for each shopper once the dice fall; one throw decides both worlds, so that a sure buyer stays one. */
function realisedEffects(scenario: CouponScenario, shoppers: CouponShoppers, random: Random): Float64Array {
  return Float64Array.from({ length: shoppers.count }, (_, i) => {
    const dice = random.uniform();
    return profitTerms(scenario, Number(dice < shoppers.untreated[i]!), Number(dice < shoppers.treated[i]!)).effect;
  });
}

function topOf(scores: Float64Array, count: number): Uint8Array {
  const mark = count === 0 ? Number.POSITIVE_INFINITY : Float64Array.from(scores).sort()[scores.length - count]!;
  return Uint8Array.from(scores, (score) => Number(score >= mark));
}

const sumOf = (values: Float64Array): number => values.reduce((sum, one) => sum + one, 0);
