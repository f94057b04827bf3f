/**
 * Writes whose answer was lost. When such an event is sent again and turns out to be stored by that very write, it was new and not a duplicate: nobody has
 * been told of it yet. So it is accepted then, once. Bounded: the oldest writes are forgotten, and their events will count as duplicates.
 */
export function openLostAnswers(maxKeys = 100_000) {
  const writes = new Map<string, Set<string>>();
  let held = 0;

  const forget = (attempt: string): void => {
    held -= writes.get(attempt)?.size ?? 0;
    writes.delete(attempt);
  };

  return {
    add(attempt: string, keys: Iterable<string>): void {
      forget(attempt);
      const lost = new Set(keys);
      writes.set(attempt, lost);
      held += lost.size;
      while (held > maxKeys && writes.size > 1) forget(writes.keys().next().value!);
    },
    /** The write has been answered after all. */
    settle: forget,
    /** Whether the key was stored by a write whose answer was lost, and nobody was told so far. */
    claim(attempt: string, key: string): boolean {
      const lost = writes.get(attempt);
      if (lost === undefined || !lost.delete(key)) return false;
      held -= 1;
      if (lost.size === 0) writes.delete(attempt);
      return true;
    },
  };
}

export type LostAnswers = ReturnType<typeof openLostAnswers>;
