import { canonicalName } from './aliases.ts';
import type { EventName, LineItem, ShopEvent } from './event.ts';
import { readContext } from './parse-context.ts';
import { readItems } from './parse-items.ts';
import { type EventTime, readEventTime } from './parse-time.ts';
import { type FieldProblem, Problems, show } from './problems.ts';
import { type Fields, isFields, own, readAmount, readFlag, readId, refuseUnknown } from './read-field.ts';

/** An event, or everything that is wrong with it. */
export type ParsedEvent =
  | { readonly ok: true; readonly event: ShopEvent }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

/** The moment of arrival, by our clock, and whose event it is. */
export interface Arrival {
  readonly receivedAtMs: number;
  /** Default `default`. */
  readonly tenant?: string;
}

/** The fields an event has on the wire. */
export const wireFields: ReadonlySet<string> = new Set([
  'event_id',
  'event',
  'event_time',
  'user_id',
  'anonymous_id',
  'session_id',
  'items',
  'transaction_id',
  'value',
  'currency',
  'prediction_id',
  'consent',
  'context',
]);

/** Takes an event from its wire form (docs/guides/events.md); strict, and all problems are told at once. */
export function parseEvent(value: unknown, clock: Arrival): ParsedEvent {
  const problems = new Problems();
  if (!isFields(value)) {
    problems.add('', `an event must be a JSON object, not ${show(value)}`);
    return { ok: false, problems: problems.list };
  }
  refuseUnknown(value, wireFields, '', problems);
  const event = readEventName(value, problems);
  const eventId = readId(value, 'event_id', '', problems);
  if (own(value, 'event_id') === undefined)
    problems.add('/event_id', 'is missing; give each event an id that stays the same on retry');
  const time = readEventTime(own(value, 'event_time'), clock.receivedAtMs, problems);
  const items = readItems(own(value, 'items'), problems);
  const rest = readOptional(value, problems);
  if (event !== undefined) checkItems(event, items, value, problems);
  if (problems.list.length > 0 || event === undefined || eventId === undefined || time === undefined)
    return { ok: false, problems: problems.list };
  return { ok: true, event: assemble(clock, eventId, event, time, items, rest) };
}

const assemble = (
  clock: Arrival,
  eventId: string,
  event: EventName,
  time: EventTime,
  items: readonly LineItem[],
  rest: Optional,
): ShopEvent => ({
  tenant: clock.tenant ?? 'default',
  eventId,
  event,
  ...time,
  receivedAtMs: clock.receivedAtMs,
  ...rest,
  items,
});

function readEventName(fields: Fields, problems: Problems): EventName | undefined {
  const value = own(fields, 'event');
  if (value === undefined) return problems.add('/event', 'is missing; for example view_item, add_to_cart, purchase');
  const name = typeof value === 'string' ? canonicalName(value) : undefined;
  return name ?? problems.add('/event', `${show(value)} is no event this shop knows; see the names in docs/guides/events.md`);
}

type Optional = Partial<Omit<ShopEvent, 'tenant' | 'eventId' | 'event' | 'eventTimeMs' | 'receivedAtMs' | 'items'>>;

function readOptional(fields: Fields, problems: Problems): Optional {
  const userId = readId(fields, 'user_id', '', problems);
  const anonymousId = readId(fields, 'anonymous_id', '', problems);
  if (own(fields, 'user_id') === undefined && own(fields, 'anonymous_id') === undefined) {
    problems.add('/user_id', 'is missing, and so is anonymous_id; give one of them');
  }
  const sessionId = readId(fields, 'session_id', '', problems);
  const transactionId = readId(fields, 'transaction_id', '', problems);
  const value = readAmount(fields, 'value', '', problems);
  const currency = readCurrency(fields, problems);
  const predictionId = readId(fields, 'prediction_id', '', problems);
  const consent = readFlag(fields, 'consent', '', problems);
  const context = readContext(own(fields, 'context'), problems);
  return {
    ...(userId !== undefined && { userId }),
    ...(anonymousId !== undefined && { anonymousId }),
    ...(sessionId !== undefined && { sessionId }),
    ...(transactionId !== undefined && { transactionId }),
    ...(value !== undefined && { value }),
    ...(currency !== undefined && { currency }),
    ...(predictionId !== undefined && { predictionId }),
    ...(consent !== undefined && { consent }),
    ...(context !== undefined && { context }),
  };
}

function readCurrency(fields: Fields, problems: Problems): string | undefined {
  const value = own(fields, 'currency');
  if (value === undefined) return undefined;
  if (typeof value === 'string' && /^[A-Z]{3}$/.test(value)) return value;
  return problems.add('/currency', `must be three capital letters of ISO 4217 such as EUR, not ${show(value)}`);
}

/** Events that are about items: without one they say nothing. */
const aboutItems: ReadonlySet<EventName> = new Set(['view_item', 'select_item', 'add_to_cart', 'remove_from_cart', 'purchase']);

function checkItems(event: EventName, items: readonly LineItem[], fields: Fields, problems: Problems): void {
  if (items.length > 0 || problems.list.some(({ pointer }) => pointer.startsWith('/items'))) return;
  if (aboutItems.has(event)) problems.add('/items', `${event} needs at least one item`);
  if (event === 'refund' && own(fields, 'transaction_id') === undefined)
    problems.add('/items', 'refund needs an item or a transaction_id');
}
