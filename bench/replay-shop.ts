import type { ShopEvent } from '@tillcast/core/events/event';

/** A generator of numbers in [0, 1): mulberry32 (T. Ettinger, public domain). */
function random(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A session that goes on. */
interface Slot {
  shopper: number;
  session: number;
  left: number;
  item: number;
}

const DAY_MS = 86_400_000;
const FROM_MS = Date.UTC(2026, 0, 1);

/**
 * A stream with the shape of a shop's, cheap enough to make that it does not disturb the measurement: power-law items, sessions of about four
 * events that interleave, 4 % carts, 2 % purchases, 21 days, in order. Events are built one by one from fresh strings, as a store hands them out.
 */
export function* replayShop(count: number, seed: number): Generator<ShopEvent> {
  const next = random(seed);
  const shoppers = Math.ceil(count / 12);
  const open: Slot[] = [];
  let sessions = 0;
  for (let index = 0; index < count; index++) {
    let at = Math.floor(next() * 400);
    if (open[at] === undefined) {
      at = open.length;
      open.push({ shopper: 0, session: 0, left: 0, item: -1 });
    }
    const slot = open[at]!;
    if (slot.left === 0) {
      slot.shopper = Math.floor(next() ** 1.3 * shoppers);
      slot.session = sessions++;
      slot.item = -1;
      slot.left = 1 + Math.floor(-Math.log(1 - next()) * 3.5);
    }
    slot.left--;
    yield eventOf(index, FROM_MS + Math.floor((index / count) * 21 * DAY_MS), slot, next);
  }
}

function eventOf(index: number, atMs: number, slot: Slot, next: () => number): ShopEvent {
  const kind = next();
  // What is put into the cart or bought was looked at just before.
  // Three views in ten return to the item before, as in the REES46 window.
  if (kind < 0.9 && (slot.item < 0 || next() > 0.3)) slot.item = Math.floor(20_000 * next() ** 3);
  const item = Math.max(0, slot.item);
  const event =
    kind < 0.9
      ? 'view_item'
      : kind < 0.94
        ? 'add_to_cart'
        : kind < 0.96
          ? 'purchase'
          : kind < 0.98
            ? 'search'
            : 'remove_from_cart';
  const line = {
    itemId: `item-${item}`,
    category: `top${item % 9}.sub${item % 41}`,
    ...(item % 7 === 0 ? {} : { brand: `brand-${item % 300}` }),
    price: 1 + (item % 997) + 0.99,
    quantity: 1,
  };
  return {
    tenant: 'default',
    eventId: `e${index}`,
    event,
    eventTimeMs: atMs,
    receivedAtMs: atMs,
    sequence: index,
    userId: `shopper-${slot.shopper}`,
    sessionId: `session-${slot.session}`,
    items: event === 'search' ? [] : [line],
  };
}
