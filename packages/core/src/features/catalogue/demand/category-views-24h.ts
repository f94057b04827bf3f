import { defineFeature } from '../../feature.ts';
import { demandAt, VIEWS } from './recent-demand.ts';
import { categoryDay } from './windows.ts';

/** Product views in this category in the last 24 hours. */
export const categoryViews24h = defineFeature({
  name: 'category_views_24h',
  description: 'Product views in this category in the last 24 hours.',
  family: 'demand',
  unit: 'count',
  windowMs: categoryDay.windowMs,
  reads: [categoryDay.accumulator],
  finish: ({ asOfMs, category }, state) => (category === undefined ? Number.NaN : demandAt(categoryDay, state, VIEWS, asOfMs)),
});
