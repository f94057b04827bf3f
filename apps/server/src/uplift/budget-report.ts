import { chancesUnder } from '@tillcast/core/decisions/policy/decide';
import type { PolicyBudget, PolicyTreatment } from '@tillcast/core/decisions/policy/policy';
import { type Budget, setBudget } from '@tillcast/core/decisions/policy/set-budget';
import { type ValueOfRule, valueOfRule } from '@tillcast/core/decisions/policy/value-of-rule';
import { type ExperimentUnits, propensityOfGot } from './units.ts';

/** A policy as far as its decisions depend on it. */
export interface Rule {
  readonly treatments: readonly Pick<PolicyTreatment, 'name' | 'cost'>[];
  readonly explorationShare: number;
  readonly budget?: PolicyBudget;
}

/** What a budget buys, beside what would be done without one; a shopper's profit above treating nobody, exploration included. */
export interface BudgetReport {
  readonly budget: PolicyBudget;
  readonly within: ValueOfRule;
  readonly without: ValueOfRule;
}

/** The same rule within a budget, for shoppers like those of the effects. */
export const withBudget = <R extends Rule>(rule: R, budget: Budget, effects: readonly ArrayLike<number>[]): R => ({
  ...rule,
  budget: setBudget(budget, rule, effects),
});

/** P(arm) of each unit under a rule: `arms` numbers a unit; `armOf` says which arm each treatment is. */
export function chancesOf(
  rule: Rule,
  effects: readonly ArrayLike<number>[],
  armOf: readonly number[],
  arms: number,
): Float64Array {
  const count = effects[0]!.length;
  const chances = new Float64Array(count * arms);
  for (let unit = 0; unit < count; unit++) {
    let left = 1;
    const given = chancesUnder(
      rule,
      effects.map((one) => one[unit]!),
    );
    for (const [treatment, chance] of given.entries()) {
      chances[unit * arms + armOf[treatment]!] = chance;
      left -= chance;
    }
    chances[unit * arms] = Math.max(0, left);
  }
  return chances;
}

/** What a rule's budget buys on randomised units; `expected` holds each unit's expected profit under each arm, by models that never saw it. */
export function budgetReport(
  { budget, ...rule }: Rule & { readonly budget?: PolicyBudget },
  units: ExperimentUnits,
  effects: readonly ArrayLike<number>[],
  { armOf, expected }: { readonly armOf: readonly number[]; readonly expected: Float64Array },
): BudgetReport {
  const arms = units.arms.length;
  const propensity = propensityOfGot(units);
  const costs = new Array<number>(arms).fill(0);
  for (const [treatment, arm] of armOf.entries()) costs[arm] = rule.treatments[treatment]!.cost;
  const worthOf = (one: Rule): ValueOfRule => {
    const chances = chancesOf(one, effects, armOf, arms);
    const log = { ...units, propensity, reward: units.profit };
    return valueOfRule(log, (unit, arm) => chances[unit * arms + arm]!, {
      expected: (unit, arm) => expected[unit * arms + arm]!,
      costs,
    });
  };
  return { budget: budget!, within: worthOf({ ...rule, budget: budget! }), without: worthOf(rule) };
}
