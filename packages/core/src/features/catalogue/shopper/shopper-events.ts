import { defineFeature } from '../../feature.ts';
import { shopperRhythm } from './shopper-rhythm.ts';

/** Everything the shopper ever did here. */
export const shopperEvents = defineFeature({
  name: 'shopper_events',
  description: 'Everything the shopper ever did here.',
  family: 'shopper',
  unit: 'count',
  reads: [shopperRhythm],
  finish: (_, { events }) => events,
});
