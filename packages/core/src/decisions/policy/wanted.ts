import { type BudgetCut, isSamePrice } from './allocate-budget.ts';

/** No treatment has this number; treatments count from 0. */
export const NOBODY = -1;

/** The treatment with the largest expected profit effect above 0, or NOBODY. */
export function bestTreatment(effects: ArrayLike<number>): number {
  let [best, most] = [NOBODY, 0];
  for (let i = 0; i < effects.length; i++) if (effects[i]! > most) [best, most] = [i, effects[i]!];
  return best;
}

/** What a policy under a budget would give a shopper: `strict` unless they are among the share of ties that the budget still buys, else `generous`. */
export interface Wanted {
  readonly strict: number;
  readonly generous: number;
}

/**
 * The treatment whose profit exceeds the price of its cost by most, or NOBODY: what `allocateBudget` gives, unit by unit (the Lagrangian of the
 * multiple-choice knapsack). Of treatments that are worth the same at that price, `strict` takes the cheapest, `generous` the dearest.
 */
export function wantedWithin({ price }: Pick<BudgetCut, 'price'>, effects: ArrayLike<number>, costs: readonly number[]): Wanted {
  if (price === 0) {
    const best = bestTreatment(effects);
    return { strict: best, generous: best };
  }
  let [strict, generous] = [
    { treatment: NOBODY, effect: 0, cost: 0 },
    { treatment: NOBODY, effect: 0, cost: 0 },
  ];
  const order = [...costs.keys()].sort((a, b) => costs[a]! - costs[b]! || effects[b]! - effects[a]!);
  for (const treatment of order) {
    const [effect, cost] = [effects[treatment]!, costs[treatment]!];
    if (!(effect > 0)) continue;
    const isWorth = (than: { readonly effect: number; readonly cost: number }, evenWhereEqual: boolean): boolean => {
      const [more, paid] = [effect - than.effect, price * (cost - than.cost)];
      return isSamePrice(more, paid) ? evenWhereEqual && more > 0 : more > paid;
    };
    if (isWorth(strict, false)) strict = { treatment, effect, cost };
    if (isWorth(generous, true)) generous = { treatment, effect, cost };
  }
  return { strict: strict.treatment, generous: generous.treatment };
}
