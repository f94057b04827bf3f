import { canonicalName } from '@tillcast/core/events/aliases';
import { type Fields, isFields, own } from '@tillcast/core/events/read-field';
import { compact, number, text } from './cells.ts';
import { instant } from './instants.ts';
import { Refused, type Source } from './source.ts';

/**
 * Calls as Segment and RudderStack archive them, one JSON object a line: `track`, and of `identify` and `alias` those that say whose a device is, which are
 * logins. Other calls are refused as unknown.
 */
export const segment: Source = {
  name: 'segment',
  needs: ['event', 'timestamp'],
  refusesCsv: 'Segment archives are nested; import them as JSON lines',
  toRecord(fields, rowId) {
    const type = own(fields, 'type') ?? 'track';
    if (linksDevice(fields)) return loginOf(fields, rowId);
    const name = own(fields, 'event');
    if (type !== 'track') return new Refused('unknown_event', `a call of type ${JSON.stringify(type)} is not about shopping`);
    if (typeof name === 'string' && canonicalName(name) === undefined) {
      return new Refused('unknown_event', `event ${JSON.stringify(name.slice(0, 80))} is not about shopping`);
    }
    const given = own(fields, 'properties');
    const properties = isFields(given) ? given : {};
    return compact({
      event_id: text(fields, 'messageId') ?? rowId(),
      event: name,
      event_time: instant(own(fields, 'timestamp') ?? own(fields, 'originalTimestamp'), 'datetime'),
      received_at: instant(own(fields, 'receivedAt'), 'datetime'),
      user_id: text(fields, 'userId'),
      anonymous_id: text(fields, 'anonymousId'),
      session_id: text(properties, 'session_id'),
      items: itemsOf(properties),
      transaction_id: text(properties, 'order_id'),
      value: number(properties, 'total') ?? number(properties, 'revenue') ?? number(properties, 'value'),
      currency: text(properties, 'currency'),
    });
  },
};

/** Lists and orders carry `products`; an event about one product carries its fields itself. */
function itemsOf(properties: Fields): unknown {
  const products = own(properties, 'products');
  if (Array.isArray(products)) return products.map((product: unknown) => (isFields(product) ? itemOf(product) : product));
  return text(properties, 'product_id') === undefined && text(properties, 'sku') === undefined ? undefined : [itemOf(properties)];
}

const itemOf = (product: Fields): Fields =>
  compact({
    item_id: text(product, 'product_id') ?? text(product, 'sku'),
    category: text(product, 'category'),
    brand: text(product, 'brand'),
    price: number(product, 'price'),
    quantity: number(product, 'quantity'),
  });

/** The device that an `identify` or `alias` names: an alias calls it the id before. */
const deviceOf = (call: Fields): unknown =>
  own(call, 'type') === 'alias' ? text(call, 'previousId') : text(call, 'anonymousId');

/** Whether a call says which user a device is of, besides what `track` calls say. */
export const linksDevice = (call: Fields): boolean =>
  (own(call, 'type') === 'identify' || own(call, 'type') === 'alias') &&
  text(call, 'userId') !== undefined &&
  deviceOf(call) !== undefined;

/** Nothing of their traits is kept. */
const loginOf = (call: Fields, rowId: () => string): Fields =>
  compact({
    event_id: text(call, 'messageId') ?? rowId(),
    event: 'login',
    event_time: instant(own(call, 'timestamp') ?? own(call, 'originalTimestamp'), 'datetime'),
    received_at: instant(own(call, 'receivedAt'), 'datetime'),
    user_id: text(call, 'userId'),
    anonymous_id: deviceOf(call),
  });
