import { defineFeature } from '../../feature.ts';
import { recentCount } from '../recent-counts.ts';
import { shopperBought } from './shopper-bought.ts';

/** Times the shopper bought this brand before. */
export const shopperBoughtBrand = defineFeature({
  name: 'shopper_bought_brand',
  description: 'Times the shopper bought this brand before.',
  family: 'shopper',
  unit: 'count',
  reads: [shopperBought],
  finish: ({ brand }, { brands }) => (brand === undefined ? Number.NaN : recentCount(brands, brand)),
});
