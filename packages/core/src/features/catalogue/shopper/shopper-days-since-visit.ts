import { defineFeature } from '../../feature.ts';
import { DAY_MS } from '../durations.ts';
import { shopperRhythm } from './shopper-rhythm.ts';

/** Days since the visit before this one ended. */
export const shopperDaysSinceVisit = defineFeature({
  name: 'shopper_days_since_visit',
  description: 'Days since the visit before this one ended.',
  family: 'shopper',
  unit: 'days',
  reads: [shopperRhythm],
  finish: ({ asOfMs }, { previousEndMs }) => (asOfMs - previousEndMs) / DAY_MS,
});
