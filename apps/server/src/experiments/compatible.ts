import type { Target } from '@tillcast/core/scoring/bundle';
import { meantVariant, type Placed } from './placement.ts';
import type { LiveExperiment } from './running.ts';

/** What of an answer an experiment takes for itself: its model, or the rules it is spoken with. */
type Claim = 'model' | 'insights';

const claimsOf = ({ target, insightSets }: LiveExperiment): readonly Claim[] => [
  ...(target === undefined ? [] : (['model'] as const)),
  ...(insightSets.size === 0 ? [] : (['insights'] as const)),
];

/** A claim that was taken; by one that is held out only from others of the same holdout, who without it would have been in its way. */
interface Taken {
  readonly claim: Claim;
  readonly heldBy: string | undefined;
}

/**
 * Those that can go together in one answer: of several that claim the same of it, the one started first has it, and the others leave this answer alone.
 * Units that are held out stay where they would not have been in each other's way without their holdout, and nowhere else.
 */
export function compatible(all: readonly Placed[], target: Target): readonly Placed[] {
  const taken: Taken[] = [];
  return all.filter((placed) => {
    const { live } = placed;
    if (meantVariant(placed) === undefined) return true;
    if (live.target !== undefined && live.target !== target) return false;
    const claims = claimsOf(live);
    const heldBy = placed.variant === undefined ? live.experiment.holdout?.name : undefined;
    const isInTheWay = (one: Taken): boolean => claims.includes(one.claim) && (one.heldBy === undefined || one.heldBy === heldBy);
    if (taken.some(isInTheWay)) return false;
    taken.push(...claims.map((claim) => ({ claim, heldBy })));
    return true;
  });
}
