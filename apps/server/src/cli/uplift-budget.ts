import type { Budget } from '@tillcast/core/decisions/policy/set-budget';
import type { ValueOfRule } from '@tillcast/core/decisions/policy/value-of-rule';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { type Interval, intervalText, tripleOf } from '@tillcast/core/learning/metric';
import type { BudgetReport } from '../uplift/budget-report.ts';
import { parseCount } from './train-flags.ts';
import { parseNumber } from './uplift-flags.ts';

/** Flags of a budget: what the policy may spend, and on how many shoppers. */
export interface BudgetFlags {
  readonly budget?: string;
  readonly shoppers?: string;
}

/** The budget of the flags; undefined = none. One flag without the other is refused. */
export function parseBudget({ budget, shoppers }: BudgetFlags): Budget | undefined {
  if (budget === undefined && shoppers === undefined) return undefined;
  if (budget === undefined || shoppers === undefined)
    throw new TillcastError(
      'OPTION_INVALID',
      '--budget and --shoppers go together: how much money, and how many shoppers it is to last for, such as --budget 2000 --shoppers 10000',
    );
  return { amount: parseNumber('--budget', budget, 0.01, 1e12), shoppers: parseCount('--shoppers', shoppers, 1, 1e9) };
}

const inAll = ({ value, low, high }: Interval, shoppers: number): string =>
  `${(value * shoppers).toFixed(0)} (${(low * shoppers).toFixed(0)} to ${(high * shoppers).toFixed(0)})`;

/** What a budget buys, in lines; `names` are the treatments'. */
export function* budgetLines({ budget, within, without }: BudgetReport, names: readonly string[]): Iterable<string> {
  const given = ({ shares }: ValueOfRule): string =>
    names.map((name, i) => `${name} to ${(100 * shares[i]!).toFixed(1)} %`).join(', ');
  const { amount, shoppers, price } = budget;
  yield `within ${amount} for ${shoppers} shoppers: spends ${inAll(within.cost, shoppers)}, earns ${inAll(within.gain, shoppers)} more than treating nobody`;
  yield `  a shopper: profit ${intervalText(within.gain)}, spent ${intervalText(within.cost)}; ${given(within)}`;
  yield price === 0
    ? '  the budget suffices for everything that pays'
    : `  treated is who brings more than ${price.toFixed(3)} for each unit of money spent`;
  yield `without a budget: profit ${intervalText(without.gain)}, spent ${intervalText(without.cost)} a shopper; ${given(without)}`;
}

const ruleToJson = ({ gain, cost, shares }: ValueOfRule, names: readonly string[]) => ({
  ...{ profit_per_shopper: tripleOf(gain), spent_per_shopper: tripleOf(cost) },
  shares: Object.fromEntries(names.map((name, i) => [name, shares[i]!])),
});

/** The same as JSON. */
export const budgetToJson = ({ budget, within, without }: BudgetReport, names: readonly string[]) => ({
  ...{ amount: budget.amount, shoppers: budget.shoppers, price: budget.price, tie_share: budget.tieShare },
  ...{ within: ruleToJson(within, names), without: ruleToJson(without, names) },
});
