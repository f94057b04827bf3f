import type { LineItem, ShopEvent } from '@tillcast/core/events/event';
import { type BoundedMap, boundedMap } from '@tillcast/core/features/bounded-map';

/** What the shop itself has said of an item, last. */
export interface KnownItem {
  readonly category: string | undefined;
  readonly brand: string | undefined;
  readonly price: number | undefined;
}

/** What was seen in the shop's events, so that a question about something else can be told so. Bounded: the longest unseen are forgotten. */
export interface KnownItems {
  see(event: ShopEvent): void;
  item(id: string): KnownItem | undefined;
  hasCategory(category: string): boolean;
  hasBrand(brand: string): boolean;
}

const merge = (known: KnownItem | undefined, line: LineItem): KnownItem => ({
  category: line.category ?? known?.category,
  brand: line.brand ?? known?.brand,
  price: line.price !== undefined && line.price > 0 ? line.price : known?.price,
});

/** Opens an empty memory of at most `limit` items, and a tenth as many categories and brands; an item takes some 250 bytes. */
export function openKnownItems(limit = 50_000): KnownItems {
  const items: BoundedMap<KnownItem> = boundedMap(limit);
  const categories: BoundedMap<true> = boundedMap(limit / 10);
  const brands: BoundedMap<true> = boundedMap(limit / 10);
  return {
    see({ items: lines }) {
      for (const line of lines) {
        items.set(line.itemId, merge(items.get(line.itemId), line));
        if (line.category !== undefined) categories.set(line.category, true);
        if (line.brand !== undefined) brands.set(line.brand, true);
      }
    },
    item: (id) => items.get(id),
    hasCategory: (category) => categories.get(category) === true,
    hasBrand: (brand) => brands.get(brand) === true,
  };
}
