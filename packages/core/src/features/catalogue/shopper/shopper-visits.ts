import { defineFeature } from '../../feature.ts';
import { shopperRhythm } from './shopper-rhythm.ts';

/** Visits of the shopper, this one included. */
export const shopperVisits = defineFeature({
  name: 'shopper_visits',
  description: 'Visits of the shopper, this one included.',
  family: 'shopper',
  unit: 'count',
  reads: [shopperRhythm],
  finish: (_, { visits }) => visits,
});
