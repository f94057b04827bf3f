import { canonicalName } from '@tillcast/core/events/aliases';
import { type Fields, isFields, own } from '@tillcast/core/events/read-field';
import { compact, number, text } from './cells.ts';
import { instant } from './instants.ts';
import { Refused, type Source } from './source.ts';

/** `track` calls as Segment and RudderStack archive them, one JSON object a line; other calls are refused as unknown. */
export const segment: Source = {
  name: 'segment',
  needs: ['event', 'timestamp'],
  refusesCsv: 'Segment archives are nested; import them as JSON lines',
  toRecord(fields, rowId) {
    const type = own(fields, 'type') ?? 'track';
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
