import { defineFeature } from '../../feature.ts';
import { demandAt, VIEWS } from './recent-demand.ts';
import { categoryDay, itemDay } from './windows.ts';

/** This item’s share of its category’s views in the last 24 hours. */
export const itemCategoryShare24h = defineFeature({
  name: 'item_category_share_24h',
  description: 'This item’s share of its category’s views in the last 24 hours.',
  family: 'demand',
  unit: 'share',
  windowMs: itemDay.windowMs,
  reads: [itemDay.accumulator, categoryDay.accumulator],
  finish: ({ asOfMs, itemId, category }, item, ofCategory) => {
    if (itemId === undefined || category === undefined) return Number.NaN;
    const views = demandAt(categoryDay, ofCategory, VIEWS, asOfMs);
    return views > 0 ? Math.min(1, demandAt(itemDay, item, VIEWS, asOfMs) / views) : Number.NaN;
  },
});
