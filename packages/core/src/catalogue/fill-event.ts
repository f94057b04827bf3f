import { knowableAtMs, type LineItem, type ShopEvent } from '../events/event.ts';
import type { ItemFacts } from '../ports/item-catalogue.ts';
import { asGiven, type Convert } from '../shop/convert.ts';
import type { CatalogueView } from './view.ts';

/** What of an item's facts a line or a question can take over, at a moment: the price in the shop's own currency. */
export function offerOf(
  { price, currency, category, brand }: ItemFacts,
  convert: Convert,
  atMs: number,
): Pick<LineItem, 'price' | 'category' | 'brand'> {
  const own = price === undefined ? undefined : convert(price, currency, atMs);
  return {
    ...(own !== undefined && own > 0 && { price: own }),
    ...(category !== undefined && { category }),
    ...(brand !== undefined && { brand }),
  };
}

const isWhole = ({ price, category, brand }: LineItem): boolean =>
  price !== undefined && price > 0 && category !== undefined && brand !== undefined;

/** Amounts in the shop's currency; one that cannot be told is unknown. */
function converted(event: ShopEvent, convert: Convert): ShopEvent {
  const { currency, value, items, eventTimeMs } = event;
  if (currency === undefined || convert(1, currency, eventTimeMs) === 1) return event;
  const lines = items.map(({ price, ...line }) => {
    const own = price === undefined ? undefined : convert(price, currency, eventTimeMs);
    return own === undefined ? line : { ...line, price: own };
  });
  const { value: _, ...rest } = event;
  const own = value === undefined ? undefined : convert(value, currency, eventTimeMs);
  return { ...rest, items: lines, ...(own !== undefined && { value: own }) };
}

/**
 * An event as the features see it: amounts in the shop's currency, and what its lines leave out of price, category and brand as the catalogue had it
 * at that moment and as it was known when the event was. The stored event stays as it was sent; a replay that learns the same facts fills the same.
 */
export function fillEvent(event: ShopEvent, view: CatalogueView, convert: Convert = asGiven): ShopEvent {
  const own = converted(event, convert);
  if (own.items.every(isWhole)) return own;
  const question = { asOfMs: own.eventTimeMs, knownByMs: knowableAtMs(own) };
  let filled: LineItem[] | undefined;
  for (const [index, line] of own.items.entries()) {
    const facts = isWhole(line) ? undefined : view.at(own.tenant, line.itemId, question);
    if (facts === undefined) continue;
    filled ??= [...own.items];
    filled[index] = { ...offerOf(facts, convert, own.eventTimeMs), ...known(line) };
  }
  return filled === undefined ? own : { ...own, items: filled };
}

/** What a line says itself; a price of 0 says nothing. */
function known(line: LineItem): LineItem {
  if (line.price !== 0) return line;
  const { price: _, ...rest } = line;
  return rest;
}
