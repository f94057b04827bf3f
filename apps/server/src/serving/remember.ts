import { type ShopEvent, shopperOf } from '@tillcast/core/events/event';
import type { FeatureEngine } from '@tillcast/core/features/engine';
import type { KnownItems } from './known-items.ts';

/** What an event changes when it becomes known. */
export interface Memory {
  readonly engine: FeatureEngine;
  /** Hands events to what is shared with other processes, before the engine is asked what became of them. Absent: nothing is shared. */
  readonly take?: ((events: readonly ShopEvent[]) => Promise<void>) | undefined;
  readonly known: KnownItems;
  /** Told of each shopper whose features changed. */
  readonly touch: (shopper: string) => void;
  /** The event as the features see it; default: as it was sent. */
  readonly fill?: (event: ShopEvent) => ShopEvent;
  /** Told of each event right after the engine applied it; labels are made of the purchases and refunds among them. */
  readonly noteOutcome?: (event: ShopEvent) => void;
  /** Called between batches of a replay, which hands over faster than a store takes. */
  readonly settle?: () => Promise<void>;
}

/**
 * Makes one event known: to the features, to the memory of items, to the list of shoppers; one of machines or of the shop itself to nobody.
 * False: it came too late to find its place.
 */
export const remember = (memory: Memory, sent: ShopEvent): boolean => learn(memory, seenBy(memory, sent));

/** An event as the features see it. */
export const seenBy = ({ fill }: Memory, sent: ShopEvent): ShopEvent =>
  fill === undefined || sent.mark !== undefined ? sent : fill(sent);

/** As `remember`, of an event as the features see it. */
export function learn({ engine, known, touch, noteOutcome }: Memory, event: ShopEvent): boolean {
  const applied = engine.apply(event);
  if (applied === 'marked') return true;
  noteOutcome?.(event);
  known.see(event);
  if (applied === 'too_late') return false;
  if (engine.appliedDevice !== undefined) touch(engine.appliedDevice);
  touch(shopperOf(event));
  return true;
}
