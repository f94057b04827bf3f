import { defineAccumulator } from '../../feature.ts';
import { countRecent, joinRecent, type RecentCounts } from '../recent-counts.ts';

// More than any shopper looks at in a visit; a crawler's session stays small.
const LIMIT = 64;

/** Which items, categories and brands a session looked at, and how often. */
export interface SessionInterests {
  items: RecentCounts;
  categories: RecentCounts;
  brands: RecentCounts;
}

/** What one session looked at. */
export const sessionInterests = defineAccumulator<SessionInterests>({
  name: 'session_interests',
  entity: 'session',
  start: () => ({ items: null, categories: null, brands: null }),
  fold(state, { event, items }) {
    if (event !== 'view_item') return state;
    for (const line of items) {
      state.items = countRecent(state.items, line.itemId, LIMIT);
      if (line.category !== undefined) state.categories = countRecent(state.categories, line.category, LIMIT);
      if (line.brand !== undefined) state.brands = countRecent(state.brands, line.brand, LIMIT);
    }
    return state;
  },
  join: (earlier, later) => ({
    items: joinRecent(earlier.items, later.items, LIMIT),
    categories: joinRecent(earlier.categories, later.categories, LIMIT),
    brands: joinRecent(earlier.brands, later.brands, LIMIT),
  }),
});
