import { defineFeature } from '../../feature.ts';
import { demandAt, VIEWS } from './recent-demand.ts';
import { shopHour } from './windows.ts';

/** Product views in the whole shop in the last hour. */
export const shopViews1h = defineFeature({
  name: 'shop_views_1h',
  description: 'Product views in the whole shop in the last hour.',
  family: 'demand',
  unit: 'count',
  windowMs: shopHour.windowMs,
  reads: [shopHour.accumulator],
  finish: ({ asOfMs }, state) => demandAt(shopHour, state, VIEWS, asOfMs),
});
