import { compareEvents, knowableAtMs, type LineItem, type ShopEvent } from '@tillcast/core/events/event';
import * as fc from 'fast-check';

export const START_MS = Date.UTC(2026, 2, 28, 12);
export const LATENESS_MS = 3_600_000;

/** What histories are made of: few shoppers, items and sessions, so that they meet; odd prices; times that collide. */
interface Draft {
  readonly event: ShopEvent['event'];
  readonly stepMs: number;
  readonly delayMs: number;
  readonly shopper: number;
  readonly session: number;
  readonly lines: readonly { item: number; quantity: number; price: number }[];
  readonly sequenced: boolean;
}

const kinds = [
  'view_item',
  'view_item',
  'view_item',
  'add_to_cart',
  'remove_from_cart',
  'purchase',
  'purchase',
  'refund',
  'search',
  'begin_checkout',
] as const;
const prices = [0, 0.1, 0.2, 0.7, 9.99, 19.9, 1234.56, 1e12];
const steps = [0, 0, 1, 1_000, 60_000, 600_000, 2_400_000, 40_000_000, 100_000_000];

const draft = (delays: fc.Arbitrary<number>): fc.Arbitrary<Draft> =>
  fc.record({
    event: fc.constantFrom(...kinds),
    stepMs: fc.constantFrom(...steps),
    delayMs: delays,
    shopper: fc.nat(2),
    session: fc.nat(3),
    lines: fc.array(
      fc.record({ item: fc.nat(3), quantity: fc.constantFrom(1, 1, 2, 1_000_000), price: fc.constantFrom(...prices) }),
      { maxLength: 2 },
    ),
    sequenced: fc.boolean(),
  });

/** Histories whose events arrive at once. */
export const promptHistory = (maxLength = 24): fc.Arbitrary<ShopEvent[]> =>
  fc.array(draft(fc.constant(0)), { maxLength }).map(realize);

/** Histories whose events arrive up to the allowed lateness after they happened. */
export const lateHistory = (maxLength = 24): fc.Arbitrary<ShopEvent[]> =>
  fc.array(draft(fc.constantFrom(0, 0, 1, 1_000, 1_800_000, LATENESS_MS)), { maxLength }).map(realize);

/** Long late histories of short steps, so that tails overflow and settle, and engines put shoppers to rest and forget sessions. */
export const longLateHistory = (length: number): fc.Arbitrary<ShopEvent[]> =>
  fc
    .array(draft(fc.constantFrom(0, 0, 1, 1_000, 1_800_000, LATENESS_MS)), { minLength: length, maxLength: length, size: 'max' })
    .map((drafts) =>
      realize(
        drafts.map((each) => ({ ...each, stepMs: each.stepMs === 100_000_000 ? each.stepMs : Math.min(each.stepMs, 60_000) })),
      ),
    );

/** Histories whose events may also arrive later than allowed. */
export const anyHistory = (maxLength = 24): fc.Arbitrary<ShopEvent[]> =>
  fc.array(draft(fc.constantFrom(0, 0, 0, 1_000, LATENESS_MS, LATENESS_MS + 1, 90_000_000)), { maxLength }).map(realize);

/** Who a shopper of a linked history is: two users and two devices, alone and logged in; mostly anonymous, so that there is something to claim. */
const linkedShoppers: readonly Pick<ShopEvent, 'userId' | 'anonymousId'>[] = [
  { anonymousId: 'phone' },
  { anonymousId: 'phone' },
  { anonymousId: 'laptop' },
  { userId: 'ana' },
  { userId: 'ana', anonymousId: 'phone' },
  { userId: 'ana', anonymousId: 'laptop' },
  { userId: 'ben', anonymousId: 'phone' },
  { userId: 'ben', anonymousId: 'laptop' },
];

/** Gives the events of a history to shoppers that log in on shared devices. */
const asLinked = (history: readonly ShopEvent[], who: readonly number[]): ShopEvent[] =>
  history.map(({ userId: _u, anonymousId: _a, ...event }, index) => ({
    ...event,
    ...linkedShoppers[who[index % who.length]! % linkedShoppers.length],
  }));

const who = fc.array(fc.nat(linkedShoppers.length - 1), { minLength: 1, maxLength: 24 });

/** Late histories in which users log in on devices. */
export const linkedHistory = (maxLength = 24): fc.Arbitrary<ShopEvent[]> =>
  fc.tuple(lateHistory(maxLength), who).map(([history, whose]) => asLinked(history, whose));

/** The same, in which events may also arrive later than allowed. */
export const anyLinkedHistory = (maxLength = 24): fc.Arbitrary<ShopEvent[]> =>
  fc.tuple(anyHistory(maxLength), who).map(([history, whose]) => asLinked(history, whose));

/** The same, long enough to settle, to rest and to forget. */
export const longLinkedHistory = (length: number): fc.Arbitrary<ShopEvent[]> =>
  fc
    .tuple(longLateHistory(length), fc.array(fc.nat(7), { minLength: 97, maxLength: 97 }))
    .map(([history, whose]) => asLinked(history, whose));

/** Events in the order in which they become knowable. */
export const inKnowableOrder = (events: readonly ShopEvent[]): ShopEvent[] =>
  [...events].sort((a, b) => knowableAtMs(a) - knowableAtMs(b) || compareEvents(a, b));

function realize(drafts: readonly Draft[]): ShopEvent[] {
  let atMs = START_MS;
  return drafts.map((each, index) => {
    atMs += each.stepMs;
    return eventOf(each, atMs, index);
  });
}

function eventOf({ event, delayMs, shopper, session, lines, sequenced }: Draft, atMs: number, index: number): ShopEvent {
  return {
    tenant: 'default',
    // Ids are not in order of time, so that ties really are decided by them.
    eventId: `e${(index * 7919) % 10_007}`,
    event,
    eventTimeMs: atMs,
    receivedAtMs: atMs + delayMs,
    items: lines.map(lineOf),
    ...(sequenced ? { sequence: index } : {}),
    ...(shopper === 2 ? { anonymousId: 'device' } : { userId: `shopper-${shopper}` }),
    ...(session === 0 ? {} : { sessionId: `session-${session}` }),
    ...(event === 'purchase' || event === 'refund' ? { transactionId: `order-${index % 3}`, value: 10 } : {}),
  };
}

const lineOf = ({ item, quantity, price }: Draft['lines'][number]): LineItem => ({
  itemId: `item-${item}`,
  quantity,
  price,
  ...(item === 3 ? {} : { category: `top.sub-${item % 2}`, brand: `brand-${item}` }),
});
