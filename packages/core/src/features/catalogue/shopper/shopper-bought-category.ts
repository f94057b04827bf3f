import { defineFeature } from '../../feature.ts';
import { recentCount } from '../recent-counts.ts';
import { shopperBought } from './shopper-bought.ts';

/** Times the shopper bought from this category before. */
export const shopperBoughtCategory = defineFeature({
  name: 'shopper_bought_category',
  description: 'Times the shopper bought from this category before.',
  family: 'shopper',
  unit: 'count',
  reads: [shopperBought],
  finish: ({ category }, { categories }) => (category === undefined ? Number.NaN : recentCount(categories, category)),
});
