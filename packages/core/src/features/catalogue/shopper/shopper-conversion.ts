import { defineFeature } from '../../feature.ts';
import { shopConversion } from '../demand/conversion-rates.ts';
import { shopTotal } from '../demand/total-demand.ts';
import { shrunkRate } from '../shrunk-rate.ts';
import { shopperLedger } from './shopper-ledger.ts';

// Views after which the shopper’s own record weighs as much as the shop’s.
const STRENGTH = 50;

/** Orders for each product view of the shopper, drawn towards the shop’s rate where there are few views. */
export const shopperConversion = defineFeature({
  name: 'shopper_conversion',
  description: 'Orders for each product view of the shopper, drawn towards the shop’s rate where there are few views.',
  family: 'shopper',
  unit: 'ratio',
  reads: [shopperLedger, shopTotal],
  finish: (_, { orders, views }, shop) => shrunkRate(orders, views, shopConversion(shop), STRENGTH),
});
