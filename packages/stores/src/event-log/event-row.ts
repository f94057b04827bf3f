import { knowableAtMs, type ShopEvent, type TrafficMark } from '@tillcast/core/events/event';

/** An event as a store keeps it: what it is ordered and found by in columns of its own, the rest as compact JSON. */
export interface EventRow {
  readonly tenant: string;
  readonly eventId: string;
  readonly eventTimeMs: number;
  readonly knowableAtMs: number;
  readonly receivedAtMs: number;
  /** −1 = not given, which sorts first as `compareEvents` wants. */
  readonly sequence: number;
  readonly backfilled: 0 | 1 | null;
  /** The traffic mark as JSON; null = none. Outside identity. */
  readonly mark: string | null;
  /** Everything inside identity but `tenant` and `eventId`, and always in the same order of fields: equal events have equal bodies. */
  readonly body: string;
}

/** Turns an event into its row. */
export function toRow(event: ShopEvent): EventRow {
  return {
    tenant: event.tenant,
    eventId: event.eventId,
    eventTimeMs: event.eventTimeMs,
    knowableAtMs: knowableAtMs(event),
    receivedAtMs: event.receivedAtMs,
    sequence: event.sequence ?? -1,
    backfilled: event.backfilled === undefined ? null : event.backfilled ? 1 : 0,
    mark: event.mark === undefined ? null : JSON.stringify([event.mark.kind, event.mark.rule, event.mark.version]),
    body: bodyOf(event),
  };
}

/** Turns a row back into a fresh event, the caller's own. */
export function fromRow(row: EventRow): ShopEvent {
  const { t: at, ...body } = JSON.parse(row.body) as Body;
  return {
    tenant: row.tenant,
    eventId: row.eventId,
    ...body,
    eventTimeMs: row.eventTimeMs,
    ...(at !== row.eventTimeMs && { claimedTimeMs: at }),
    receivedAtMs: row.receivedAtMs,
    ...(row.backfilled !== null && { backfilled: row.backfilled === 1 }),
    ...(row.sequence >= 0 && { sequence: row.sequence }),
    ...(row.mark !== null && { mark: toMark(row.mark) }),
  };
}

const toMark = (text: string): TrafficMark => {
  const [kind, rule, version] = JSON.parse(text) as [TrafficMark['kind'], string, string];
  return { kind, rule, version };
};

type Columns = 'tenant' | 'eventId' | 'eventTimeMs' | 'claimedTimeMs' | 'receivedAtMs' | 'backfilled' | 'sequence' | 'mark';
/** `t` is the time inside identity: the sender's where it was clamped. */
type Body = Omit<ShopEvent, Columns> & { readonly t: number };

// Spelt out so that the order of fields never depends on how the event was built; JSON.stringify leaves undefined out.
function bodyOf(event: ShopEvent): string {
  return JSON.stringify({
    t: event.claimedTimeMs ?? event.eventTimeMs,
    event: event.event,
    userId: event.userId,
    anonymousId: event.anonymousId,
    sessionId: event.sessionId,
    items: event.items.map(({ itemId, category, brand, price, quantity }) => ({ itemId, category, brand, price, quantity })),
    transactionId: event.transactionId,
    value: event.value,
    currency: event.currency,
    predictionId: event.predictionId,
    consent: event.consent,
    context: event.context && sorted(event.context),
  } satisfies Record<Exclude<keyof ShopEvent, Columns> | 't', unknown>);
}

const sorted = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
