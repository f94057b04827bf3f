import { eventNames, type LineItem, type ShopEvent } from '@tillcast/core/events/event';
import fc from 'fast-check';

/** 2019-10-01T00:00:00Z, where the arbitrary events begin. */
export const originMs = Date.UTC(2019, 9, 1);

// Few shoppers, items and moments, so that events meet; and text whose UTF-16 order differs from its code-point order.
const text = (maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'abcXYZ019-_. ~/%"\'\\äß漢\u{fffd}\u{e000}😀𝒳'), minLength: 1, maxLength });
const amount = fc.oneof(
  fc.double({ min: 0, max: 1e12, noNaN: true }).map((value) => value + 0),
  fc.integer({ min: 0, max: 99_999 }).map((cents) => cents / 100),
);

interface Optional<T> {
  readonly maybe: fc.Arbitrary<T>;
}
const optional = <T>(maybe: fc.Arbitrary<T>): Optional<T> => ({ maybe });

/** A record whose optional fields are absent, never undefined. */
function record<T>(fields: { [K in keyof T]-?: fc.Arbitrary<T[K]> | Optional<NonNullable<T[K]>> }): fc.Arbitrary<T> {
  const entries = Object.entries<fc.Arbitrary<unknown> | Optional<unknown>>(fields);
  const arbitraries = Object.fromEntries(entries.map(([name, field]) => [name, 'maybe' in field ? field.maybe : field]));
  const requiredKeys = entries.filter(([, field]) => !('maybe' in field)).map(([name]) => name);
  return fc.record(arbitraries, { requiredKeys, noNullPrototype: true }) as fc.Arbitrary<T>;
}

/** Any valid line item. */
export const lineItem: fc.Arbitrary<LineItem> = record<LineItem>({
  itemId: fc.oneof(fc.constantFrom('i1', 'i2', 'i3'), text(256)),
  category: optional(fc.oneof(fc.constantFrom('electronics.smartphone', 'fashion'), text(40))),
  brand: optional(text(20)),
  price: optional(amount),
  quantity: fc.integer({ min: 1, max: 1_000_000 }),
});

const context = fc.dictionary(
  text(12).filter((name) => name !== '__proto__'),
  fc.oneof(
    text(30),
    fc.constant(''),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
  ),
  { maxKeys: 5, noNullPrototype: true },
);

const skeleton = record<Omit<ShopEvent, 'receivedAtMs' | 'backfilled' | 'claimedTimeMs'>>({
  tenant: fc.constantFrom('default', 'default', 'other'),
  eventId: text(256),
  event: fc.constantFrom(...eventNames),
  eventTimeMs: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 3_600_000 })).map((ms) => originMs + ms),
  sequence: optional(fc.integer({ min: 0, max: 3 })),
  userId: fc.oneof(fc.constantFrom('ana', 'ben'), text(20)),
  anonymousId: optional(text(20)),
  sessionId: optional(fc.oneof(fc.constantFrom('s1', 's2'), text(20))),
  items: fc.array(lineItem, { minLength: 1, maxLength: 3 }),
  transactionId: optional(text(20)),
  value: optional(amount),
  currency: optional(fc.constantFrom('EUR', 'USD')),
  predictionId: optional(text(20)),
  consent: optional(fc.boolean()),
  context: optional(context),
  mark: optional(
    fc.record(
      { kind: fc.constantFrom('bot' as const, 'internal' as const), rule: text(20), version: text(8) },
      { noNullPrototype: true },
    ),
  ),
});

/** How an event came to be known: as history, on arrival, or from a clock that ran ahead of ours. */
const arrival = fc.oneof(
  fc.constant({ kind: 'history' as const }),
  fc.record({ kind: fc.constant('arrived' as const), delayMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 7_200_000 })) }),
  fc.record({ kind: fc.constant('clamped' as const), aheadMs: fc.integer({ min: 1, max: 5 * 60_000 }) }),
);

/** Any valid event, as a store may hold it. */
export const shopEvent: fc.Arbitrary<ShopEvent> = fc.tuple(skeleton, arrival).map(([event, how]) => {
  if (how.kind === 'history') return { ...event, receivedAtMs: event.eventTimeMs, backfilled: true };
  if (how.kind === 'arrived') return { ...event, receivedAtMs: event.eventTimeMs + how.delayMs };
  return { ...event, receivedAtMs: event.eventTimeMs, claimedTimeMs: event.eventTimeMs + how.aheadMs };
});

/** A hand-made event for examples: a view by Ana. */
export const anEvent = (fields: Partial<ShopEvent> = {}): ShopEvent => {
  const eventTimeMs = fields.eventTimeMs ?? originMs;
  return {
    tenant: 'default',
    eventId: 'e1',
    event: 'view_item',
    eventTimeMs,
    receivedAtMs: eventTimeMs,
    userId: 'ana',
    items: [{ itemId: 'i1', category: 'electronics.smartphone', price: 199.9, quantity: 1 }],
    ...fields,
  };
};
