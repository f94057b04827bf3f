import { defineFeature } from '../../feature.ts';
import { shopperLedger } from './shopper-ledger.ts';

/** Mean value of the shopper’s orders. */
export const shopperMeanOrderValue = defineFeature({
  name: 'shopper_mean_order_value',
  description: 'Mean value of the shopper’s orders.',
  family: 'shopper',
  unit: 'currency',
  reads: [shopperLedger],
  finish: (_, { spentCents, valued }) => (valued > 0 ? spentCents / valued / 100 : Number.NaN),
});
