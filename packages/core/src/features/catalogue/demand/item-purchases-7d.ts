import { defineFeature } from '../../feature.ts';
import { demandAt, PURCHASES } from './recent-demand.ts';
import { itemWeek } from './windows.ts';

/** Times this item was bought in the last 7 days, by all shoppers. */
export const itemPurchases7d = defineFeature({
  name: 'item_purchases_7d',
  description: 'Times this item was bought in the last 7 days, by all shoppers.',
  family: 'demand',
  unit: 'count',
  windowMs: itemWeek.windowMs,
  reads: [itemWeek.accumulator],
  finish: ({ asOfMs, itemId }, state) => (itemId === undefined ? Number.NaN : demandAt(itemWeek, state, PURCHASES, asOfMs)),
});
