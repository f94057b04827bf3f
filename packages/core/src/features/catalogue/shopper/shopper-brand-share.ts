import { defineFeature } from '../../feature.ts';
import { recentShare } from '../recent-counts.ts';
import { shopperSeen } from './shopper-seen.ts';

/** Share of the shopper’s product views, over all visits, that fell on this brand. */
export const shopperBrandShare = defineFeature({
  name: 'shopper_brand_share',
  description: 'Share of the shopper’s product views, over all visits, that fell on this brand.',
  family: 'shopper',
  unit: 'share',
  reads: [shopperSeen],
  finish: ({ brand }, { brands }) => (brand === undefined ? Number.NaN : recentShare(brands, brand)),
});
