import type { FactCursor } from '@tillcast/core/catalogue/fact-cursor';
import { knowableAtMs, type ShopEvent, shopperOf } from '@tillcast/core/events/event';
import type { DeadLetter, DeadLetters } from '@tillcast/core/ports/dead-letters';
import type { EventLog } from '@tillcast/core/ports/event-log';
import { poisonLetter } from '../ingest/letters.ts';
import { type Memory, remember } from './remember.ts';

/** What a replay stands on. */
export interface ReplayParts {
  readonly log: EventLog;
  readonly letters: DeadLetters;
  readonly memory: Memory;
  /** Facts of the catalogue that become known along the way. */
  readonly facts: FactCursor;
  /** Whether an event is of somebody who was erased: then a backup brought it back, and it goes again. Default: nobody was. */
  readonly isErased?: (event: ShopEvent) => boolean;
  /** Told of whom a backup brought back. */
  readonly onErased?: (shopper: string) => Promise<unknown>;
  readonly onProgress: (done: number, of: number) => void;
}

/**
 * Lets the features remember what is on disk: every event, in the order in which it became known. An event that they choke on does not keep
 * the service from starting: a dead letter says so, the same one each time.
 */
export async function replay({
  log,
  letters,
  memory,
  facts,
  isErased = () => false,
  onErased,
  onProgress,
}: ReplayParts): Promise<number> {
  const total = await log.count();
  let done = 0;
  for await (const batch of log.read({ order: 'knowable' })) {
    const poison: DeadLetter[] = [];
    const erased: ShopEvent[] = [];
    for (const event of batch) {
      if (isErased(event)) {
        erased.push(event);
        continue;
      }
      const knownMs = knowableAtMs(event);
      if (facts.nextMs <= knownMs) await facts.advance(knownMs);
      try {
        remember(memory, event);
      } catch (error) {
        poison.push(poisonLetter(event, error));
      }
    }
    if (poison.length > 0) await letters.put(poison);
    if (erased.length > 0) await log.erase(erased);
    for (const shopper of new Set(erased.map(shopperOf))) await onErased?.(shopper);
    await memory.settle?.();
    done += batch.length;
    onProgress(done, total);
  }
  await facts.advance(Number.POSITIVE_INFINITY);
  return done;
}
