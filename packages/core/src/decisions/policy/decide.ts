import { positionOf } from '../../experiments/position.ts';
import type { TreatmentPolicy } from './policy.ts';

/** What is done with a shopper, and how likely each possibility was: what off-policy evaluation and the next learner need. */
export interface Decision {
  readonly action: 'treat' | 'do_not_treat' | 'explore';
  /** The treatment given, by lot where the action is `explore`; undefined: none. */
  readonly treatment?: string;
  /** P(each treatment), in the policy's order. */
  readonly propensities: readonly number[];
  /** P(what was done); never 0. */
  readonly propensity: number;
  /** Expected profit effect of each treatment, in the policy's order. */
  readonly effects: readonly number[];
}

/** No treatment has this number; treatments count from 0. */
export const NOBODY = -1;

/** The treatment with the largest expected profit effect above 0, or NOBODY. */
export function bestTreatment(effects: ArrayLike<number>): number {
  let [best, most] = [NOBODY, 0];
  for (let i = 0; i < effects.length; i++) if (effects[i]! > most) [best, most] = [i, effects[i]!];
  return best;
}

/** How likely each treatment is under a policy that would give `wanted`, and explores with equal chances otherwise. */
export function propensitiesOf(wanted: number, treatments: number, explorationShare: number): number[] {
  const byLot = explorationShare / (treatments + 1);
  return Array.from({ length: treatments }, (_, i) => byLot + (i === wanted ? 1 - explorationShare : 0));
}

/**
 * Decides for one shopper. A pure function: the same shopper, salt and effects give the same decision, in every process. Who explores and what they
 * get are independent positions of the shopper under the salt, and do not depend on the effects.
 */
export function decide(
  policy: Pick<TreatmentPolicy, 'treatments' | 'explorationShare' | 'salt'>,
  shopper: string,
  effects: readonly number[],
): Decision {
  const { treatments, explorationShare, salt } = policy;
  const wanted = bestTreatment(effects);
  const explores = positionOf('exposure', `policy/${salt}`, shopper) < explorationShare;
  const lot = Math.floor(positionOf('variant', `policy/${salt}`, shopper) * (treatments.length + 1)) - 1;
  const given = explores ? lot : wanted;
  const propensities = propensitiesOf(wanted, treatments.length, explorationShare);
  const propensity = given === NOBODY ? 1 - propensities.reduce((sum, one) => sum + one, 0) : propensities[given]!;
  return {
    action: explores ? 'explore' : given === NOBODY ? 'do_not_treat' : 'treat',
    ...(given === NOBODY ? {} : { treatment: treatments[given]!.name }),
    propensities,
    propensity,
    effects,
  };
}
