import { defineFeature } from '../../feature.ts';
import { recentCount } from '../recent-counts.ts';
import { shopperSeen } from './shopper-seen.ts';

/** Times the shopper looked at this item, over all visits. */
export const shopperItemViews = defineFeature({
  name: 'shopper_item_views',
  description: 'Times the shopper looked at this item, over all visits.',
  family: 'shopper',
  unit: 'count',
  reads: [shopperSeen],
  finish: ({ itemId }, { items }) => (itemId === undefined ? Number.NaN : recentCount(items, itemId)),
});
