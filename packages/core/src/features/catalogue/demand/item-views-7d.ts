import { defineFeature } from '../../feature.ts';
import { demandAt, VIEWS } from './recent-demand.ts';
import { itemWeek } from './windows.ts';

/** Views of this item in the last 7 days, by all shoppers. */
export const itemViews7d = defineFeature({
  name: 'item_views_7d',
  description: 'Views of this item in the last 7 days, by all shoppers.',
  family: 'demand',
  unit: 'count',
  windowMs: itemWeek.windowMs,
  reads: [itemWeek.accumulator],
  finish: ({ asOfMs, itemId }, state) => (itemId === undefined ? Number.NaN : demandAt(itemWeek, state, VIEWS, asOfMs)),
});
