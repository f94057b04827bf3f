import { canonicalName } from '@tillcast/core/events/aliases';
import type { EventName } from '@tillcast/core/events/event';
import { type Fields, own } from '@tillcast/core/events/read-field';
import { compact, number, text } from './cells.ts';
import { instant } from './instants.ts';
import type { Mapping } from './parse-mapping.ts';
import { Refused, type Source } from './source.ts';

/** A source that a mapping file describes: flat columns, one line item a row. */
export function mappedSource(mapping: Mapping): Source {
  const { columns, constants, events, timeFormat } = mapping;
  const read = (fields: Fields, field: string, as = text): unknown => {
    const column = columns[field];
    return (column === undefined ? undefined : as(fields, column)) ?? constants[field];
  };
  return {
    name: mapping.name,
    needs: [...new Set(Object.values(columns))],
    ...(mapping.delimiter !== undefined && { delimiter: mapping.delimiter }),
    toRecord(fields, rowId) {
      const name = read(fields, 'event');
      const event = typeof name === 'string' ? resolve(name, events) : name;
      if (typeof name === 'string' && event === undefined) {
        return new Refused('unknown_event', `event ${JSON.stringify(name.slice(0, 80))} is not in the mapping's "events"`);
      }
      return compact({
        event_id: read(fields, 'event_id') ?? rowId(),
        event,
        event_time: instant(read(fields, 'event_time'), timeFormat),
        received_at: instant(read(fields, 'received_at'), timeFormat),
        ...Object.fromEntries(envelopeTexts.map((field) => [field, read(fields, field)])),
        value: read(fields, 'value', number),
        items: itemsOf(fields, read),
      });
    },
  };
}

const envelopeTexts = ['user_id', 'anonymous_id', 'session_id', 'transaction_id', 'currency', 'prediction_id'];

/** The mapping's own names first: `events` may give a name another meaning than ours. */
const resolve = (name: string, events: Readonly<Record<string, EventName>>): EventName | undefined =>
  (own(events, name) as EventName | undefined) ?? canonicalName(name);

function itemsOf(fields: Fields, read: (fields: Fields, field: string, as?: typeof number) => unknown): Fields[] | undefined {
  const item = compact({
    item_id: read(fields, 'item_id'),
    category: read(fields, 'category'),
    brand: read(fields, 'brand'),
    price: read(fields, 'price', number),
    quantity: read(fields, 'quantity', number),
  });
  return item.item_id === undefined ? undefined : [item];
}
