import { compareCodePoints } from './code-point-order.ts';

/** The canonical names of what a shopper can do: GA4's. Aliases of other vocabularies are resolved before this type exists. */
export const eventNames = [
  'view_item',
  'view_item_list',
  'select_item',
  'search',
  'add_to_cart',
  'remove_from_cart',
  'view_cart',
  'begin_checkout',
  'add_payment_info',
  'purchase',
  'refund',
  // With both ids it says whose the device is (docs/adr/0013-identity.md), as any event that carries both does.
  'login',
] as const;

export type EventName = (typeof eventNames)[number];

/** One line of an event: an item as it was seen, put into the cart, bought or returned. */
export interface LineItem {
  readonly itemId: string;
  /** Dotted path from the broadest, such as `electronics.smartphone`; absent = unknown. */
  readonly category?: string;
  readonly brand?: string;
  /** Price of one unit in the shop's currency, as it was given; absent or 0 = unknown. */
  readonly price?: number;
  /** Units, a whole number ≥ 1. */
  readonly quantity: number;
}

/** Why an event is kept and yet teaches nothing: it is the traffic of machines, or of the shop itself, by a rule of the traffic rules. */
export interface TrafficMark {
  readonly kind: 'bot' | 'internal';
  readonly rule: string;
  /** The rules' own version, so that what was marked stays explained when they change. */
  readonly version: string;
}

/** The canonical envelope: one thing that happened in the shop, validated (see `parseEvent`). Times are epoch milliseconds, UTC. */
export interface ShopEvent {
  readonly tenant: string;
  readonly eventId: string;
  readonly event: EventName;
  /** When it happened. */
  readonly eventTimeMs: number;
  /** What the sender's clock said where it ran ahead of ours and `eventTimeMs` was clamped to `receivedAtMs`; identity keeps this time, so that a retry is a duplicate. */
  readonly claimedTimeMs?: number;
  /** When we knew of it; equals `eventTimeMs` for imported history without an arrival time (`backfilled`). */
  readonly receivedAtMs: number;
  readonly backfilled?: boolean;
  /** Breaks ties between events of one instant; importers give the row number. Outside identity and comparison. */
  readonly sequence?: number;
  readonly userId?: string;
  readonly anonymousId?: string;
  readonly sessionId?: string;
  readonly items: readonly LineItem[];
  readonly transactionId?: string;
  readonly value?: number;
  readonly currency?: string;
  readonly predictionId?: string;
  readonly consent?: boolean;
  readonly context?: Readonly<Record<string, string | number | boolean>>;
  /** Ours, set on arrival: a marked event is in no feature and no label. Outside identity and comparison. */
  readonly mark?: TrafficMark;
}

/** Whose event it is: the user where known, the device otherwise. Prefixed so that the two never meet. */
export function shopperOf(event: Pick<ShopEvent, 'userId' | 'anonymousId'>): string {
  return event.userId === undefined ? `a:${event.anonymousId}` : `u:${event.userId}`;
}

/** The moment from which an event is knowable: it has happened and we have heard of it. */
export function knowableAtMs(event: Pick<ShopEvent, 'eventTimeMs' | 'receivedAtMs'>): number {
  return Math.max(event.eventTimeMs, event.receivedAtMs);
}

/** The total order of events: `eventTimeMs`, then `sequence` where given (absent first), then `eventId` by code points, as every store sorts text. Negative: a before b. */
export function compareEvents(a: ShopEvent, b: ShopEvent): number {
  return a.eventTimeMs - b.eventTimeMs || (a.sequence ?? -1) - (b.sequence ?? -1) || compareCodePoints(a.eventId, b.eventId);
}
