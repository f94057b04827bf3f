import { defineFeature } from '../../feature.ts';

/** Hour of the day as a cycle: 1 at 6, −1 at 18 o’clock. */
export const hourSin = defineFeature({
  name: 'hour_sin',
  description: 'Hour of the day as a cycle: 1 at 6, −1 at 18 o’clock.',
  family: 'calendar',
  unit: 'cycle',
  reads: [],
  finish: ({ hour }) => Math.sin((2 * Math.PI * hour) / 24),
});
