import { defineFeature } from '../../feature.ts';

/** Between 18 and 22 o’clock in the shop’s time zone. */
export const isEvening = defineFeature({
  name: 'is_evening',
  description: 'Between 18 and 22 o’clock in the shop’s time zone.',
  family: 'calendar',
  unit: 'flag',
  reads: [],
  finish: ({ hour }) => (hour >= 18 && hour < 22 ? 1 : 0),
});
