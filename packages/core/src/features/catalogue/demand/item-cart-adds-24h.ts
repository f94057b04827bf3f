import { defineFeature } from '../../feature.ts';
import { CART_ADDS, demandAt } from './recent-demand.ts';
import { itemDay } from './windows.ts';

/** Times this item was put into a cart in the last 24 hours, by all shoppers. */
export const itemCartAdds24h = defineFeature({
  name: 'item_cart_adds_24h',
  description: 'Times this item was put into a cart in the last 24 hours, by all shoppers.',
  family: 'demand',
  unit: 'count',
  windowMs: itemDay.windowMs,
  reads: [itemDay.accumulator],
  finish: ({ asOfMs, itemId }, state) => (itemId === undefined ? Number.NaN : demandAt(itemDay, state, CART_ADDS, asOfMs)),
});
