import { TillcastError } from '../../errors/tillcast-error.ts';
import { allocateBudget } from './allocate-budget.ts';
import type { PolicyBudget } from './policy.ts';

/** Money, and the number of shoppers it is to last for. */
export interface Budget {
  readonly amount: number;
  readonly shoppers: number;
}

/** What a policy must say for a budget to be set on it; its treatments in order. */
export interface BudgetRule {
  readonly treatments: readonly { readonly name: string; readonly cost: number }[];
  readonly explorationShare: number;
}

const refusal = (text: string): TillcastError => new TillcastError('OPTION_INVALID', text);

/** What is left of a budget for those who do not explore, a shopper of all. Raises OPTION_INVALID where a treatment has no cost, or exploring alone takes more. */
export function leftToDecide({ amount, shoppers }: Budget, { treatments, explorationShare }: BudgetRule): number {
  const free = treatments.find(({ cost }) => !(cost > 0));
  if (free !== undefined)
    throw refusal(`a budget needs the cost of every treatment; "${free.name}" has none: give --cost ${free.name}=AMOUNT`);
  const byLot = (explorationShare * treatments.reduce((sum, { cost }) => sum + cost, 0)) / (treatments.length + 1);
  const left = amount / shoppers - byLot;
  if (left <= 0)
    throw refusal(
      `a budget of ${amount} for ${shoppers} shoppers is ${(amount / shoppers).toPrecision(3)} each, and exploring ${100 * explorationShare} % alone spends ${byLot.toPrecision(3)}; raise the budget, or lower --exploration`,
    );
  return left;
}

/**
 * The cut at which a policy spends a budget, exploration included, on shoppers like those whose effects are given (a row of numbers a treatment, in money).
 * Raises OPTION_INVALID as `leftToDecide` does.
 */
export function setBudget(budget: Budget, rule: BudgetRule, effects: readonly ArrayLike<number>[]): PolicyBudget {
  // What is given to a unit is given to the share of it that does not explore.
  const forUnits = ((effects[0]?.length ?? 0) * leftToDecide(budget, rule)) / (1 - rule.explorationShare);
  const costs = rule.treatments.map(({ cost }) => cost);
  return { ...budget, ...allocateBudget(effects, costs, forUnits).cut };
}
