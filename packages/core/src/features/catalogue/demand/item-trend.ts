import { defineFeature } from '../../feature.ts';
import { demandAt, VIEWS } from './recent-demand.ts';
import { itemDay, itemWeek } from './windows.ts';

// Keeps an item with few views near 1.
const STEADY_VIEWS = 5;

/** Views of this item in the last 24 hours against its daily mean of the last 7 days; 1 = as usual. */
export const itemTrend = defineFeature({
  name: 'item_trend',
  description: 'Views of this item in the last 24 hours against its daily mean of the last 7 days; 1 = as usual.',
  family: 'demand',
  unit: 'ratio',
  windowMs: itemWeek.windowMs,
  reads: [itemDay.accumulator, itemWeek.accumulator],
  finish: ({ asOfMs, itemId }, day, week) => {
    if (itemId === undefined) return Number.NaN;
    const today = demandAt(itemDay, day, VIEWS, asOfMs);
    const daily = demandAt(itemWeek, week, VIEWS, asOfMs) / 7;
    return (today + STEADY_VIEWS) / (daily + STEADY_VIEWS);
  },
});
