import { defineFeature } from '../../feature.ts';
import { itemPrices, priceRatio } from './seen-prices.ts';

/** Price against the mean at which this item was looked at; below 1 = cheaper than usual. */
export const priceToItemMean = defineFeature({
  name: 'price_to_item_mean',
  description: 'Price against the mean at which this item was looked at; below 1 = cheaper than usual.',
  family: 'offer',
  unit: 'ratio',
  reads: [itemPrices],
  finish: ({ price }, seen) => priceRatio(price, seen),
});
