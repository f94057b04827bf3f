import { defineFeature } from '../../feature.ts';
import { demandAt, PURCHASES } from './recent-demand.ts';
import { shopDay } from './windows.ts';

/** Orders in the whole shop in the last 24 hours. */
export const shopPurchases24h = defineFeature({
  name: 'shop_purchases_24h',
  description: 'Orders in the whole shop in the last 24 hours.',
  family: 'demand',
  unit: 'count',
  windowMs: shopDay.windowMs,
  reads: [shopDay.accumulator],
  finish: ({ asOfMs }, state) => demandAt(shopDay, state, PURCHASES, asOfMs),
});
