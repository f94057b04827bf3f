import { defineFeature } from '../../feature.ts';
import { DAY_MS } from '../durations.ts';
import { shopperLedger } from './shopper-ledger.ts';

/** Days since the shopper last ordered. */
export const shopperDaysSinceOrder = defineFeature({
  name: 'shopper_days_since_order',
  description: 'Days since the shopper last ordered.',
  family: 'shopper',
  unit: 'days',
  reads: [shopperLedger],
  finish: ({ asOfMs }, { lastMs }) => (asOfMs - lastMs) / DAY_MS,
});
