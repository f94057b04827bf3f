import { defineFeature } from '../../feature.ts';
import { shopperLedger } from './shopper-ledger.ts';

/** Orders the shopper placed so far. */
export const shopperOrders = defineFeature({
  name: 'shopper_orders',
  description: 'Orders the shopper placed so far.',
  family: 'shopper',
  unit: 'count',
  reads: [shopperLedger],
  finish: (_, { orders }) => orders,
});
