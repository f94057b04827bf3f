import { defineFeature } from '../../feature.ts';
import { demandAt, PURCHASES } from './recent-demand.ts';
import { itemDay } from './windows.ts';

/** Times this item was bought in the last 24 hours, by all shoppers. */
export const itemPurchases24h = defineFeature({
  name: 'item_purchases_24h',
  description: 'Times this item was bought in the last 24 hours, by all shoppers.',
  family: 'demand',
  unit: 'count',
  windowMs: itemDay.windowMs,
  reads: [itemDay.accumulator],
  finish: ({ asOfMs, itemId }, state) => (itemId === undefined ? Number.NaN : demandAt(itemDay, state, PURCHASES, asOfMs)),
});
