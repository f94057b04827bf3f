import { defineAccumulator } from '../../feature.ts';
import { priceCents } from '../amounts.ts';

/** Prices a session looked at, in cents. */
export interface SessionPrices {
  count: number;
  sum: number;
  min: number;
  max: number;
}

/** The range of prices of the items one session looked at. */
export const sessionPrices = defineAccumulator<SessionPrices>({
  name: 'session_prices',
  entity: 'session',
  start: () => ({ count: 0, sum: 0, min: 0, max: 0 }),
  fold(state, { event, items }) {
    if (event !== 'view_item') return state;
    for (const { price } of items) {
      const cents = priceCents(price);
      if (cents === 0) continue;
      state.min = state.count === 0 ? cents : Math.min(state.min, cents);
      state.max = Math.max(state.max, cents);
      state.sum += cents;
      state.count++;
    }
    return state;
  },
  join: (earlier, later) => ({
    count: earlier.count + later.count,
    sum: earlier.sum + later.sum,
    min: earlier.count === 0 ? later.min : later.count === 0 ? earlier.min : Math.min(earlier.min, later.min),
    max: Math.max(earlier.max, later.max),
  }),
});
