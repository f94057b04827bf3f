import type { LineItem } from './event.ts';
import { limits } from './limits.ts';
import { below, type Problems, show } from './problems.ts';
import { type Fields, isFields, own, readAmount, readId, readName, refuseUnknown } from './read-field.ts';

const categoryNames = ['category', 'item_category', 'category_code'] as const;
const brandNames = ['brand', 'item_brand'] as const;
const known: ReadonlySet<string> = new Set(['item_id', ...categoryNames, ...brandNames, 'price', 'quantity']);

/** Reads `items`; absent means none. */
export function readItems(value: unknown, problems: Problems): LineItem[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    problems.add('/items', `must be an array of items, not ${show(value)}`);
    return [];
  }
  if (value.length > limits.items) {
    problems.add('/items', `holds ${value.length} items; at most ${limits.items}: split the event`);
    return [];
  }
  return value.map((item, index) => readItem(item, `/items/${index}`, problems)).filter((item) => item !== undefined);
}

function readItem(value: unknown, pointer: string, problems: Problems): LineItem | undefined {
  if (!isFields(value)) return problems.add(pointer, `must be an object with item_id, not ${show(value)}`);
  refuseUnknown(value, known, pointer, problems);
  const itemId = readId(value, 'item_id', pointer, problems);
  if (own(value, 'item_id') === undefined) problems.add(below(pointer, 'item_id'), 'is missing; name the item');
  const category = readOneOf(value, categoryNames, pointer, problems);
  const brand = readOneOf(value, brandNames, pointer, problems);
  const price = readAmount(value, 'price', pointer, problems);
  const quantity = readQuantity(value, pointer, problems);
  if (itemId === undefined) return undefined;
  return {
    itemId,
    ...(category !== undefined && { category }),
    ...(brand !== undefined && { brand }),
    ...(price !== undefined && { price }),
    quantity,
  };
}

/** One field that several vocabularies name; two that disagree are a contradiction. */
function readOneOf(fields: Fields, names: readonly string[], pointer: string, problems: Problems): string | undefined {
  let found: string | undefined;
  for (const name of names) {
    const value = readName(fields, name, pointer, problems);
    if (value === undefined) continue;
    if (found !== undefined && found !== value)
      problems.add(below(pointer, name), `says ${show(value)} and its synonym ${show(found)}; send one`);
    found ??= value;
  }
  return found;
}

function readQuantity(fields: Fields, pointer: string, problems: Problems): number {
  const value = own(fields, 'quantity');
  if (value === undefined) return 1;
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= limits.quantity) return value as number;
  problems.add(below(pointer, 'quantity'), `must be a whole number from 1 to ${limits.quantity}, not ${show(value)}`);
  return 1;
}
