import { defineFeature } from '../../feature.ts';
import { demandAt, PURCHASES } from './recent-demand.ts';
import { categoryDay } from './windows.ts';

/** Items bought in this category in the last 24 hours. */
export const categoryPurchases24h = defineFeature({
  name: 'category_purchases_24h',
  description: 'Items bought in this category in the last 24 hours.',
  family: 'demand',
  unit: 'count',
  windowMs: categoryDay.windowMs,
  reads: [categoryDay.accumulator],
  finish: ({ asOfMs, category }, state) =>
    category === undefined ? Number.NaN : demandAt(categoryDay, state, PURCHASES, asOfMs),
});
