import type { AppendResult } from '@tillcast/core/ports/event-log';

/** What became of one event. */
export type Fate = 'accepted' | 'duplicate' | 'conflict';

/** Sums up the fates of a batch, in its order. */
export function tally(fates: readonly Fate[]): AppendResult {
  const acceptedIndexes: number[] = [];
  const conflicts: number[] = [];
  fates.forEach((fate, index) => {
    if (fate === 'accepted') acceptedIndexes.push(index);
    else if (fate === 'conflict') conflicts.push(index);
  });
  return {
    accepted: acceptedIndexes.length,
    duplicate: fates.length - acceptedIndexes.length - conflicts.length,
    conflicts,
    acceptedIndexes,
  };
}
