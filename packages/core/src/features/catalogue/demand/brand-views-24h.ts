import { defineFeature } from '../../feature.ts';
import { demandAt, VIEWS } from './recent-demand.ts';
import { brandDay } from './windows.ts';

/** Product views of this brand in the last 24 hours. */
export const brandViews24h = defineFeature({
  name: 'brand_views_24h',
  description: 'Product views of this brand in the last 24 hours.',
  family: 'demand',
  unit: 'count',
  windowMs: brandDay.windowMs,
  reads: [brandDay.accumulator],
  finish: ({ asOfMs, brand }, state) => (brand === undefined ? Number.NaN : demandAt(brandDay, state, VIEWS, asOfMs)),
});
