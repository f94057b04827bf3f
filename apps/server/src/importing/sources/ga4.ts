import { canonicalName } from '@tillcast/core/events/aliases';
import { type Fields, isFields, own } from '@tillcast/core/events/read-field';
import { compact, number, text } from './cells.ts';
import { instant } from './instants.ts';
import { Refused, type Source } from './source.ts';

/** Google Analytics 4 as BigQuery exports it (`events_YYYYMMDD`), one event a row. Events that are not about shopping are refused as unknown. */
export const ga4: Source = {
  name: 'ga4',
  needs: ['event_name', 'event_timestamp', 'user_pseudo_id'],
  refusesCsv: 'GA4 exports are nested; export the table as Parquet or newline-delimited JSON',
  toRecord(fields, rowId) {
    const name = own(fields, 'event_name');
    if (typeof name === 'string' && canonicalName(name) === undefined) {
      return new Refused('unknown_event', `event_name ${JSON.stringify(name.slice(0, 80))} is not about shopping`);
    }
    const ecommerce = own(fields, 'ecommerce');
    const order = isFields(ecommerce) ? ecommerce : {};
    return compact({
      event_id: rowId(),
      event: name,
      event_time: instant(own(fields, 'event_timestamp'), 'epoch_us'),
      user_id: text(fields, 'user_id'),
      anonymous_id: text(fields, 'user_pseudo_id'),
      session_id: parameter(fields, 'ga_session_id'),
      items: itemsOf(own(fields, 'items')),
      transaction_id: set(text(order, 'transaction_id')) ?? set(parameter(fields, 'transaction_id')),
      value: number(order, 'purchase_revenue') ?? parameterNumber(fields, 'value'),
      currency: set(parameter(fields, 'currency')),
    });
  },
};

const itemsOf = (items: unknown): unknown =>
  Array.isArray(items) ? items.map((item: unknown) => (isFields(item) ? itemOf(item) : item)) : items;

function itemOf(item: Fields): Fields {
  const levels = ['item_category', 'item_category2', 'item_category3', 'item_category4', 'item_category5'];
  const path = levels.map((name) => set(text(item, name))).filter((level) => level !== undefined);
  return compact({
    item_id: set(text(item, 'item_id')) ?? set(text(item, 'item_name')),
    category: path.length === 0 ? undefined : path.join('.'),
    brand: set(text(item, 'item_brand')),
    price: number(item, 'price'),
    quantity: number(item, 'quantity'),
  });
}

/** GA4 writes this where it knows nothing. */
const set = (value: unknown): unknown => (value === '(not set)' ? undefined : value);

function paramValue(fields: Fields, key: string): Fields | undefined {
  const parameters = own(fields, 'event_params');
  if (!Array.isArray(parameters)) return undefined;
  const found: unknown = parameters.find((one: unknown) => isFields(one) && own(one, 'key') === key);
  const value = isFields(found) ? own(found, 'value') : undefined;
  return isFields(value) ? value : undefined;
}

function parameter(fields: Fields, key: string): unknown {
  const value = paramValue(fields, key);
  return value && (text(value, 'string_value') ?? text(value, 'int_value'));
}

function parameterNumber(fields: Fields, key: string): unknown {
  const value = paramValue(fields, key);
  return (
    value &&
    (number(value, 'double_value') ?? number(value, 'float_value') ?? number(value, 'int_value') ?? number(value, 'string_value'))
  );
}
