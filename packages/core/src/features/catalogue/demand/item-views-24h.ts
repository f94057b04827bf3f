import { defineFeature } from '../../feature.ts';
import { demandAt, VIEWS } from './recent-demand.ts';
import { itemDay } from './windows.ts';

/** Views of this item in the last 24 hours, by all shoppers. */
export const itemViews24h = defineFeature({
  name: 'item_views_24h',
  description: 'Views of this item in the last 24 hours, by all shoppers.',
  family: 'demand',
  unit: 'count',
  windowMs: itemDay.windowMs,
  reads: [itemDay.accumulator],
  finish: ({ asOfMs, itemId }, state) => (itemId === undefined ? Number.NaN : demandAt(itemDay, state, VIEWS, asOfMs)),
});
