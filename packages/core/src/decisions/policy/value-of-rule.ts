import type { Interval } from '../../learning/metric.ts';
import { meanInterval } from '../uplift/mean-interval.ts';
import type { ExpectedReward, LoggedDecisions, NewPolicy } from './off-policy.ts';

/** What a rule brings and takes, a shopper; 95 % intervals. */
export interface ValueOfRule {
  /** Profit above treating nobody, doubly robust. */
  readonly gain: Interval;
  /** Money out of the budget. */
  readonly cost: Interval;
  /** The share that gets each treatment, in the order of the arms after the first. */
  readonly shares: readonly number[];
}

/** What the units of a log say besides their decisions. */
export interface RuleContext {
  readonly expected: ExpectedReward;
  /** Of each arm; 0 for the first, no treatment. */
  readonly costs: readonly number[];
}

/**
 * Values a rule on logged, randomised decisions. The gain is paired: each unit's doubly robust score under the rule less that under nothing (Dudík, Langford
 * and Li 2011, eq. 1, of the difference of two policies), so that what both have in common is no noise.
 */
export function valueOfRule(log: LoggedDecisions, rule: NewPolicy, { expected, costs }: RuleContext): ValueOfRule {
  const arms = costs.map((_, arm) => arm);
  const gain = meanInterval(log.count, (unit) => {
    const got = log.arm[unit]!;
    const weight = (rule(unit, got) - Number(got === 0)) / log.propensity[unit]!;
    const direct = arms.reduce((sum, arm) => sum + rule(unit, arm) * expected(unit, arm), -expected(unit, 0));
    return direct + weight * (log.reward[unit]! - expected(unit, got));
  });
  const cost = meanInterval(log.count, (unit) => arms.reduce((sum, arm) => sum + rule(unit, arm) * costs[arm]!, 0));
  const shareOf = (arm: number): number => meanInterval(log.count, (unit) => rule(unit, arm)).value;
  return { gain, cost, shares: arms.slice(1).map(shareOf) };
}
