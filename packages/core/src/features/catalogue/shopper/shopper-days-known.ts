import { defineFeature } from '../../feature.ts';
import { DAY_MS } from '../durations.ts';
import { shopperRhythm } from './shopper-rhythm.ts';

/** Days since the shopper first came. */
export const shopperDaysKnown = defineFeature({
  name: 'shopper_days_known',
  description: 'Days since the shopper first came.',
  family: 'shopper',
  unit: 'days',
  reads: [shopperRhythm],
  finish: ({ asOfMs }, { firstMs }) => (asOfMs - firstMs) / DAY_MS,
});
