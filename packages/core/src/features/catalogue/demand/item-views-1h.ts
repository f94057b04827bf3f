import { defineFeature } from '../../feature.ts';
import { demandAt, VIEWS } from './recent-demand.ts';
import { itemHour } from './windows.ts';

/** Views of this item in the last hour, by all shoppers. */
export const itemViews1h = defineFeature({
  name: 'item_views_1h',
  description: 'Views of this item in the last hour, by all shoppers.',
  family: 'demand',
  unit: 'count',
  windowMs: itemHour.windowMs,
  reads: [itemHour.accumulator],
  finish: ({ asOfMs, itemId }, state) => (itemId === undefined ? Number.NaN : demandAt(itemHour, state, VIEWS, asOfMs)),
});
