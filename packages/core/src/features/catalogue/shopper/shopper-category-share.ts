import { defineFeature } from '../../feature.ts';
import { recentShare } from '../recent-counts.ts';
import { shopperSeen } from './shopper-seen.ts';

/** Share of the shopper’s product views, over all visits, that fell into this category. */
export const shopperCategoryShare = defineFeature({
  name: 'shopper_category_share',
  description: 'Share of the shopper’s product views, over all visits, that fell into this category.',
  family: 'shopper',
  unit: 'share',
  reads: [shopperSeen],
  finish: ({ category }, { categories }) => (category === undefined ? Number.NaN : recentShare(categories, category)),
});
