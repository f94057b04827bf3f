import { positionOf } from '../../experiments/position.ts';
import type { TreatmentPolicy } from './policy.ts';
import { NOBODY, type Wanted, wantedWithin } from './wanted.ts';

/** What is done with a shopper, and how likely each possibility was: what off-policy evaluation and the next learner need. */
export interface Decision {
  readonly action: 'treat' | 'do_not_treat' | 'explore' | 'held_out';
  /** The treatment given, by lot where the action is `explore`; undefined: none. */
  readonly treatment?: string;
  /** P(each treatment), in the policy's order. */
  readonly propensities: readonly number[];
  /** P(what was done); never 0. */
  readonly propensity: number;
  /** Expected profit effect of each treatment, in the policy's order. */
  readonly effects: readonly number[];
}

/** How likely each treatment is under a policy that would give `wanted`, and explores with equal chances otherwise. */
export function propensitiesOf(wanted: number, treatments: number, explorationShare: number): number[] {
  const byLot = explorationShare / (treatments + 1);
  return Array.from({ length: treatments }, (_, i) => byLot + (i === wanted ? 1 - explorationShare : 0));
}

/** What decisions depend on besides effects. */
interface Rule extends Pick<TreatmentPolicy, 'explorationShare' | 'budget'> {
  readonly treatments: readonly { readonly cost: number }[];
}

/** What a policy would give a shopper of these effects, were it not for exploration. */
const wantedBy = ({ treatments, budget }: Rule, effects: ArrayLike<number>): Wanted =>
  wantedWithin(
    budget ?? { price: 0 },
    effects,
    treatments.map(({ cost }) => cost),
  );

/** P(each treatment) of a shopper of these effects under a policy, in the policy's order. */
export function chancesUnder(rule: Rule, effects: ArrayLike<number>): number[] {
  const { treatments, explorationShare, budget } = rule;
  const { strict, generous } = wantedBy(rule, effects);
  const chances = propensitiesOf(strict, treatments.length, explorationShare);
  if (strict === generous) return chances;
  const { tieShare } = budget!;
  const others = propensitiesOf(generous, treatments.length, explorationShare);
  return chances.map((chance, i) => (1 - tieShare) * chance + tieShare * others[i]!);
}

/**
 * Decides for one shopper. A pure function: the same shopper, salt and effects give the same decision, in every process. Who explores and what they
 * get are independent positions of the shopper under the salt, and do not depend on the effects.
 * @param isHeldOut whom a holdout keeps out is never treated, whatever the policy wants: no treatment has a chance, and nothing has all of it. Chances of all others are
 * given that no holdout keeps them out, so that a log without those held out is drawn with exactly the chances it holds.
 */
export function decide(
  policy: Pick<TreatmentPolicy, 'treatments' | 'explorationShare' | 'budget' | 'salt'>,
  shopper: string,
  effects: readonly number[],
  isHeldOut = false,
): Decision {
  const { treatments, explorationShare, salt, budget } = policy;
  if (isHeldOut) return { action: 'held_out', propensities: treatments.map(() => 0), propensity: 1, effects };
  const { strict, generous } = wantedBy(policy, effects);
  const isGenerous = strict !== generous && positionOf('exposure', `policy/${salt}/budget`, shopper) < budget!.tieShare;
  const explores = positionOf('exposure', `policy/${salt}`, shopper) < explorationShare;
  const lot = Math.floor(positionOf('variant', `policy/${salt}`, shopper) * (treatments.length + 1)) - 1;
  const given = explores ? lot : isGenerous ? generous : strict;
  const propensities = chancesUnder(policy, effects);
  const propensity = given === NOBODY ? 1 - propensities.reduce((sum, one) => sum + one, 0) : propensities[given]!;
  return {
    action: explores ? 'explore' : given === NOBODY ? 'do_not_treat' : 'treat',
    ...(given === NOBODY ? {} : { treatment: treatments[given]!.name }),
    propensities,
    propensity,
    effects,
  };
}
