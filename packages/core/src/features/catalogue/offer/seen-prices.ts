import { type Accumulator, defineAccumulator, type Entity } from '../../feature.ts';
import { priceCents } from '../amounts.ts';

/** Prices met in views, in cents: a count and an exact sum, so that the order of folding does not matter. */
export interface SeenPrices {
  count: number;
  sum: number;
}

const seenPrices = (name: string, entity: Entity): Accumulator<SeenPrices> =>
  defineAccumulator<SeenPrices>({
    name,
    entity,
    start: () => ({ count: 0, sum: 0 }),
    fold(state, { event }, line) {
      const cents = event === 'view_item' ? priceCents(line?.price) : 0;
      if (cents > 0) {
        state.sum += cents;
        state.count++;
      }
      return state;
    },
  });

/** Prices at which one item was viewed. */
export const itemPrices = seenPrices('item_prices', 'item');
/** Prices at which the items of one category were viewed. */
export const categoryPrices = seenPrices('category_prices', 'category');

/** A price relative to the mean of prices seen; NaN where either is unknown. */
export function priceRatio(price: number | undefined, seen: SeenPrices): number {
  const cents = priceCents(price);
  return cents > 0 && seen.count > 0 ? cents / (seen.sum / seen.count) : Number.NaN;
}
