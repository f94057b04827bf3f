import { defineFeature } from '../../feature.ts';
import { categoryPrices, priceRatio } from './seen-prices.ts';

/** Price against the mean price looked at in the item’s category. */
export const priceToCategoryMean = defineFeature({
  name: 'price_to_category_mean',
  description: 'Price against the mean price looked at in the item’s category.',
  family: 'offer',
  unit: 'ratio',
  reads: [categoryPrices],
  finish: ({ price, category }, seen) => (category === undefined ? Number.NaN : priceRatio(price, seen)),
});
