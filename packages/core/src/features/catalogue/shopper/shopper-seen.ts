import { defineAccumulator } from '../../feature.ts';
import { countRecent, joinRecent, type RecentCounts } from '../recent-counts.ts';

const MAX_ITEMS = 64;
const MAX_KINDS = 32;

/** The items, categories and brands looked at last, and how often. */
export interface ShopperSeen {
  items: RecentCounts;
  categories: RecentCounts;
  brands: RecentCounts;
}

/** What one shopper looked at, over all visits. */
export const shopperSeen = defineAccumulator<ShopperSeen>({
  name: 'shopper_seen',
  entity: 'shopper',
  start: () => ({ items: null, categories: null, brands: null }),
  fold(state, { event, items }) {
    if (event !== 'view_item') return state;
    for (const line of items) {
      state.items = countRecent(state.items, line.itemId, MAX_ITEMS);
      if (line.category !== undefined) state.categories = countRecent(state.categories, line.category, MAX_KINDS);
      if (line.brand !== undefined) state.brands = countRecent(state.brands, line.brand, MAX_KINDS);
    }
    return state;
  },
  join: (earlier, later) => ({
    items: joinRecent(earlier.items, later.items, MAX_ITEMS),
    categories: joinRecent(earlier.categories, later.categories, MAX_KINDS),
    brands: joinRecent(earlier.brands, later.brands, MAX_KINDS),
  }),
});
