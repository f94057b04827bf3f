import { defineFeature } from '../../feature.ts';

/** Hour of the day as a cycle: 1 at midnight, −1 at noon. */
export const hourCos = defineFeature({
  name: 'hour_cos',
  description: 'Hour of the day as a cycle: 1 at midnight, −1 at noon.',
  family: 'calendar',
  unit: 'cycle',
  reads: [],
  finish: ({ hour }) => Math.cos((2 * Math.PI * hour) / 24),
});
