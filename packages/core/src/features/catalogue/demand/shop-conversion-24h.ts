import { defineFeature } from '../../feature.ts';
import { shrunkRate } from '../shrunk-rate.ts';
import { shopConversion } from './conversion-rates.ts';
import { demandAt, PURCHASES, VIEWS } from './recent-demand.ts';
import { shopTotal } from './total-demand.ts';
import { shopDay } from './windows.ts';

// Views after which the day weighs as much as all time.
const STRENGTH = 500;

/** Orders for each product view in the whole shop in the last 24 hours, drawn towards the rate of all time. */
export const shopConversion24h = defineFeature({
  name: 'shop_conversion_24h',
  description: 'Orders for each product view in the whole shop in the last 24 hours, drawn towards the rate of all time.',
  family: 'demand',
  unit: 'ratio',
  windowMs: shopDay.windowMs,
  reads: [shopDay.accumulator, shopTotal],
  finish: ({ asOfMs }, day, total) =>
    shrunkRate(demandAt(shopDay, day, PURCHASES, asOfMs), demandAt(shopDay, day, VIEWS, asOfMs), shopConversion(total), STRENGTH),
});
