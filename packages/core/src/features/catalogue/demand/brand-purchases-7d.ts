import { defineFeature } from '../../feature.ts';
import { demandAt, PURCHASES } from './recent-demand.ts';
import { brandWeek } from './windows.ts';

/** Items of this brand bought in the last 7 days. */
export const brandPurchases7d = defineFeature({
  name: 'brand_purchases_7d',
  description: 'Items of this brand bought in the last 7 days.',
  family: 'demand',
  unit: 'count',
  windowMs: brandWeek.windowMs,
  reads: [brandWeek.accumulator],
  finish: ({ asOfMs, brand }, state) => (brand === undefined ? Number.NaN : demandAt(brandWeek, state, PURCHASES, asOfMs)),
});
