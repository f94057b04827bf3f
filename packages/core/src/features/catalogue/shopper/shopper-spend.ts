import { defineFeature } from '../../feature.ts';
import { shopperLedger } from './shopper-ledger.ts';

/** What the shopper spent so far, as far as prices are known. */
export const shopperSpend = defineFeature({
  name: 'shopper_spend',
  description: 'What the shopper spent so far, as far as prices are known.',
  family: 'shopper',
  unit: 'currency',
  reads: [shopperLedger],
  finish: (_, { spentCents }) => spentCents / 100,
});
