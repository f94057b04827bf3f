import { shrunkRate } from '../shrunk-rate.ts';
import type { TotalDemand } from './total-demand.ts';

// What is believed before the first event: of 100 views, 2 end in a purchase and 4 in a cart; worth 50 views of evidence.
const PRIOR_CONVERSION = 0.02;
const PRIOR_CART_RATE = 0.04;
const PRIOR_STRENGTH = 50;
// Views after which the evidence of a kind (category, brand) or an item weighs as much as what it is drawn towards.
const KIND_STRENGTH = 200;
const ITEM_STRENGTH = 50;

/** Purchases a view in the whole shop. */
export const shopConversion = (shop: TotalDemand): number =>
  shrunkRate(shop.purchases, shop.views, PRIOR_CONVERSION, PRIOR_STRENGTH);

/** Purchases a view of a category or brand, drawn towards the shop's. */
export const kindConversion = (kind: TotalDemand, shop: TotalDemand): number =>
  shrunkRate(kind.purchases, kind.views, shopConversion(shop), KIND_STRENGTH);

/** Purchases a view of an item, drawn towards its category's. */
export const itemConversionRate = (item: TotalDemand, category: TotalDemand, shop: TotalDemand): number =>
  shrunkRate(item.purchases, item.views, kindConversion(category, shop), ITEM_STRENGTH);

/** Cart adds a view of an item, drawn towards its category's, and that towards the shop's. */
export function itemCartAddRate(item: TotalDemand, category: TotalDemand, shop: TotalDemand): number {
  const ofShop = shrunkRate(shop.cartAdds, shop.views, PRIOR_CART_RATE, PRIOR_STRENGTH);
  const ofCategory = shrunkRate(category.cartAdds, category.views, ofShop, KIND_STRENGTH);
  return shrunkRate(item.cartAdds, item.views, ofCategory, ITEM_STRENGTH);
}
