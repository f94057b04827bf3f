import type { ShopEvent } from '@tillcast/core/events/event';
import type { Target } from '@tillcast/core/scoring/bundle';

/** A chance that was asked for at a snapshot, and what tells later whether it came true. */
export interface Asked {
  readonly shopper: string;
  readonly probability: number;
  readonly target: Target;
  readonly item_id?: string;
  readonly session_id: string;
  /** The moment the chance is about, and until when it holds, epoch ms; bought in (as_of, until]. */
  readonly as_of: number;
  readonly until: number;
  /** The segments the shopper was in. */
  readonly segments?: readonly string[];
}

/** Whether a purchase is the one that was asked about. */
export function comesTrue(asked: Asked, event: ShopEvent, sessionId: string | undefined): boolean {
  const { eventTimeMs } = event;
  if (event.event !== 'purchase' || eventTimeMs <= asked.as_of || eventTimeMs > asked.until) return false;
  return asked.target === 'session' ? sessionId === asked.session_id : event.items.some(({ itemId }) => itemId === asked.item_id);
}

/** Follows events to see which of the chances came true. */
export interface AskedBook {
  note(shopper: string, event: ShopEvent, sessionId: string | undefined): void;
  /** A device's history became its user's. */
  absorb(device: string, user: string): void;
  readonly bought: ReadonlySet<Asked>;
}

/** Opens the book over chances whose windows have closed. */
export function openAskedBook(chances: Iterable<Asked>): AskedBook {
  const byShopper = new Map<string, Asked[]>();
  const add = (shopper: string, asked: readonly Asked[]): void =>
    void byShopper.set(shopper, [...(byShopper.get(shopper) ?? []), ...asked]);
  for (const asked of chances) add(asked.shopper, [asked]);
  const bought = new Set<Asked>();
  return {
    bought,
    note(shopper, event, sessionId) {
      for (const asked of byShopper.get(shopper) ?? []) if (comesTrue(asked, event, sessionId)) bought.add(asked);
    },
    absorb(device, user) {
      const asked = byShopper.get(device);
      if (asked !== undefined) add(user, asked);
    },
  };
}
