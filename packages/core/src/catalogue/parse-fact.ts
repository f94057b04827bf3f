import { limits } from '../events/limits.ts';
import type { Arrival } from '../events/parse-event.ts';
import { parseInstant } from '../events/parse-time.ts';
import { type FieldProblem, Problems, show } from '../events/problems.ts';
import { type Fields, isFields, own, readAmount, readFlag, readId, readName, refuseUnknown } from '../events/read-field.ts';
import type { ItemFact, ItemFacts } from '../ports/item-catalogue.ts';

/** A fact, or everything that is wrong with it. */
export type ParsedFact =
  | { readonly ok: true; readonly fact: ItemFact }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

/** How far ahead a fact may be announced: further is a unit mistaken. */
const aheadMs = 10 * 366 * 86_400_000;
const maxStock = 1e9;

/** The fields a fact has on the wire. */
const wireFields: ReadonlySet<string> = new Set([
  ...['item_id', 'valid_from', 'price', 'cost', 'margin', 'currency', 'stock'],
  ...['available', 'availability', 'category', 'brand', 'title'],
]);
const availabilities: ReadonlyMap<string, boolean> = new Map([
  ['in_stock', true],
  ['out_of_stock', false],
  ['preorder', true],
  ['backorder', true],
  ['discontinued', false],
]);

/** Takes what a shop says of an item from its wire form (docs/guides/catalogue.md); strict, and all problems are told at once. */
export function parseFact(value: unknown, { receivedAtMs, tenant = 'default' }: Arrival): ParsedFact {
  const problems = new Problems();
  if (!isFields(value)) {
    problems.add('', `what is said of an item must be a JSON object, not ${show(value)}`);
    return { ok: false, problems: problems.list };
  }
  refuseUnknown(value, wireFields, '', problems);
  const itemId = readId(value, 'item_id', '', problems);
  if (own(value, 'item_id') === undefined) problems.add('/item_id', 'is missing; name the item');
  const validFromMs = readValidFrom(own(value, 'valid_from'), receivedAtMs, problems);
  const says = readSays(value, problems);
  if (problems.list.length === 0 && Object.keys(says).length === 0)
    problems.add('', `says nothing of the item; give one of ${[...wireFields].slice(2).join(', ')}`);
  if (problems.list.length > 0 || itemId === undefined || validFromMs === undefined)
    return { ok: false, problems: problems.list };
  return { ok: true, fact: { tenant, itemId, validFromMs, receivedAtMs, says } };
}

function readValidFrom(value: unknown, receivedAtMs: number, problems: Problems): number | undefined {
  if (value === undefined || value === null) return receivedAtMs;
  const ms = typeof value === 'string' ? parseInstant(value) : Number.isSafeInteger(value) ? (value as number) : undefined;
  const remedy = 'send RFC 3339 with a zone (2026-11-20T18:04:05Z) or whole epoch milliseconds, or leave it out for now';
  if (ms === undefined) return problems.add('/valid_from', `is ${show(value)}; ${remedy}`);
  if (ms < limits.earliestMs || ms > receivedAtMs + aheadMs)
    return problems.add('/valid_from', `lies before the year 2000 or more than ten years ahead (${show(value)}); ${remedy}`);
  return ms;
}

type Says = { -readonly [F in keyof ItemFacts]: ItemFacts[F] | null };

function readSays(fields: Fields, problems: Problems): Says {
  const says: Says = {};
  const read = <F extends keyof ItemFacts>(
    field: F,
    from: (fields: Fields) => ItemFacts[F] | undefined,
    name: string = field,
  ): void => {
    if (own(fields, name) === null) says[field] = null;
    else {
      const found = from(fields);
      if (found !== undefined) says[field] = found;
    }
  };
  read('price', (given) => readAmount(given, 'price', '', problems));
  read('cost', (given) => readAmount(given, 'cost', '', problems));
  read('margin', (given) => readNumber(given, 'margin', -100, 1, 'a share of the price from -100 to 1', problems));
  read('currency', (given) => readCurrency(given, problems));
  read('stock', (given) => readStock(given, problems));
  read('available', (given) => readFlag(given, 'available', '', problems));
  read('available', (given) => readAvailability(given, problems), 'availability');
  for (const field of ['category', 'brand', 'title'] as const) read(field, (given) => readName(given, field, '', problems));
  // A price of 0 means unknown, as in events.
  if (says.price === 0) says.price = null;
  return says;
}

function readNumber(
  fields: Fields,
  name: string,
  low: number,
  high: number,
  need: string,
  problems: Problems,
): number | undefined {
  const value = own(fields, name);
  if (value === undefined) return undefined;
  if (typeof value === 'number' && value >= low && value <= high) return value + 0;
  return problems.add(`/${name}`, `must be ${need}, not ${show(value)}; null takes it back`);
}

function readStock(fields: Fields, problems: Problems): number | undefined {
  const stock = readNumber(fields, 'stock', 0, maxStock, `a whole number from 0 to ${maxStock}`, problems);
  if (stock === undefined || Number.isInteger(stock)) return stock;
  return problems.add('/stock', `must be a whole number, not ${stock}`);
}

function readCurrency(fields: Fields, problems: Problems): string | undefined {
  const value = own(fields, 'currency');
  if (value === undefined) return undefined;
  if (typeof value === 'string' && /^[A-Z]{3}$/.test(value)) return value;
  return problems.add('/currency', `must be three capital letters of ISO 4217 such as EUR, not ${show(value)}`);
}

function readAvailability(fields: Fields, problems: Problems): boolean | undefined {
  const value = own(fields, 'availability');
  if (value === undefined) return undefined;
  const known = typeof value === 'string' ? availabilities.get(value.toLowerCase().replaceAll(' ', '_')) : undefined;
  return known ?? problems.add('/availability', `must be one of ${[...availabilities.keys()].join(', ')}, not ${show(value)}`);
}
