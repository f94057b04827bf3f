import { type Accumulator, defineAccumulator, type Entity } from '../../feature.ts';

/** How often something was looked at, put into carts and bought since the shop's first event. */
export interface TotalDemand {
  views: number;
  cartAdds: number;
  purchases: number;
}

const totalDemand = (name: string, entity: Entity): Accumulator<TotalDemand> =>
  defineAccumulator<TotalDemand>({
    name,
    entity,
    start: () => ({ views: 0, cartAdds: 0, purchases: 0 }),
    fold(state, { event }) {
      if (event === 'view_item') state.views++;
      else if (event === 'add_to_cart') state.cartAdds++;
      else if (event === 'purchase') state.purchases++;
      return state;
    },
  });

/** All demand for one item. */
export const itemTotal = totalDemand('item_total', 'item');
/** All demand for one category. */
export const categoryTotal = totalDemand('category_total', 'category');
/** All demand for one brand. */
export const brandTotal = totalDemand('brand_total', 'brand');
/** All demand in the shop, by events. */
export const shopTotal = totalDemand('shop_total', 'shop');
