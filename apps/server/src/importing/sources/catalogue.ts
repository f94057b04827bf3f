import { type Fields, own } from '@tillcast/core/events/read-field';
import { compact, number, text } from './cells.ts';
import { instant } from './instants.ts';

/** What a row must have to say something of an item. */
export const catalogueNeeds = ['item_id'] as const;

const flags: Readonly<Record<string, boolean>> = { true: true, '1': true, yes: true, false: false, '0': false, no: false };

/** A cell as a flag: the usual words are read, anything else is handed on for the parser to refuse by name. */
function flag(fields: Fields, name: string): unknown {
  const value = text(fields, name);
  return typeof value === 'string' && Object.hasOwn(flags, value.toLowerCase()) ? flags[value.toLowerCase()] : value;
}

/** A row of a product feed in the form of the wire (docs/guides/catalogue.md); an empty cell says nothing. */
export const catalogueRow = (fields: Fields, columns: readonly string[] = Object.keys(fields)): Fields => ({
  ...Object.fromEntries(columns.filter((name) => !known.has(name)).map((name) => [name, own(fields, name)])),
  ...compact({
    item_id: text(fields, 'item_id'),
    valid_from: instant(own(fields, 'valid_from') === '' ? undefined : own(fields, 'valid_from'), 'datetime'),
    price: number(fields, 'price'),
    cost: number(fields, 'cost'),
    margin: number(fields, 'margin'),
    currency: text(fields, 'currency'),
    stock: number(fields, 'stock'),
    available: flag(fields, 'available'),
    availability: text(fields, 'availability'),
    category: text(fields, 'category'),
    brand: text(fields, 'brand'),
    title: text(fields, 'title'),
  }),
});

const known: ReadonlySet<string> = new Set([
  ...['item_id', 'valid_from', 'price', 'cost', 'margin', 'currency', 'stock'],
  ...['available', 'availability', 'category', 'brand', 'title'],
]);
