import { addEffects, type EffectModel } from '../uplift/effect-model.ts';
import { type Shrinkage, shrunk } from '../uplift/shrink-effects.ts';
import type { BudgetCut } from './allocate-budget.ts';

/** One treatment of a policy: what it is called, and what it is expected to add to a shopper's profit. */
export interface PolicyTreatment {
  readonly name: string;
  /** What treating one shopper is expected to take out of a budget, in money; 0 = no budget is needed. */
  readonly cost: number;
  readonly shrinkage: Shrinkage;
  /** Effects by learner with their weights, which sum to 1. */
  readonly mix: readonly { readonly learner: string; readonly weight: number; readonly model: EffectModel }[];
}

/** Money to be spent on so many shoppers, and the cut that spends it. */
export interface PolicyBudget extends BudgetCut {
  readonly amount: number;
  readonly shoppers: number;
}

/** Whom to treat, learnt from randomised exposure. */
export interface TreatmentPolicy {
  readonly name: string;
  /** Counts the policies of this name; logged with each decision. */
  readonly version: number;
  readonly featureNames: readonly string[];
  readonly treatments: readonly PolicyTreatment[];
  /** Share of shoppers who are decided by lot, so that the next policy has data to learn from. */
  readonly explorationShare: number;
  /** Decides, with a shopper's name, who explores and what they get. */
  readonly salt: string;
  /** Absent: whatever pays is done. */
  readonly budget?: PolicyBudget;
}

/** Expected profit effects of each treatment (in the policy's order) on `count` rows of its features, as they are acted on. */
export function policyEffects(
  { treatments }: Pick<TreatmentPolicy, 'treatments'>,
  rows: Float32Array,
  count: number,
): Float64Array[] {
  return treatments.map(({ mix, shrinkage }) => {
    const predicted = new Float64Array(count);
    for (const { weight, model } of mix) addEffects(model, rows, predicted, weight);
    return predicted.map((effect) => shrunk(shrinkage, effect));
  });
}
