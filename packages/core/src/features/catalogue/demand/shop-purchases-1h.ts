import { defineFeature } from '../../feature.ts';
import { demandAt, PURCHASES } from './recent-demand.ts';
import { shopHour } from './windows.ts';

/** Orders in the whole shop in the last hour. */
export const shopPurchases1h = defineFeature({
  name: 'shop_purchases_1h',
  description: 'Orders in the whole shop in the last hour.',
  family: 'demand',
  unit: 'count',
  windowMs: shopHour.windowMs,
  reads: [shopHour.accumulator],
  finish: ({ asOfMs }, state) => demandAt(shopHour, state, PURCHASES, asOfMs),
});
