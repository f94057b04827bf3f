import { defineFeature } from '../../feature.ts';
import { shopperLedger } from './shopper-ledger.ts';

/** Returns for each order of the shopper, at most one. */
export const shopperRefundShare = defineFeature({
  name: 'shopper_refund_share',
  description: 'Returns for each order of the shopper, at most one.',
  family: 'shopper',
  unit: 'share',
  reads: [shopperLedger],
  finish: (_, { orders, refunds }) => (orders > 0 ? Math.min(1, refunds / orders) : Number.NaN),
});
