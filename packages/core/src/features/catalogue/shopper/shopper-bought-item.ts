import { defineFeature } from '../../feature.ts';
import { recentCount } from '../recent-counts.ts';
import { shopperBought } from './shopper-bought.ts';

/** Times the shopper bought this item before. */
export const shopperBoughtItem = defineFeature({
  name: 'shopper_bought_item',
  description: 'Times the shopper bought this item before.',
  family: 'shopper',
  unit: 'count',
  reads: [shopperBought],
  finish: ({ itemId }, { items }) => (itemId === undefined ? Number.NaN : recentCount(items, itemId)),
});
