import { defineFeature } from '../../feature.ts';

/** Day of the week as a cycle, from Monday: the sine. */
export const weekdaySin = defineFeature({
  name: 'weekday_sin',
  description: 'Day of the week as a cycle, from Monday: the sine.',
  family: 'calendar',
  unit: 'cycle',
  reads: [],
  finish: ({ dayOfWeek }) => Math.sin((2 * Math.PI * dayOfWeek) / 7),
});
