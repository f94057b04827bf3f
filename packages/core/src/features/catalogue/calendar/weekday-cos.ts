import { defineFeature } from '../../feature.ts';

/** Day of the week as a cycle, from Monday: the cosine. */
export const weekdayCos = defineFeature({
  name: 'weekday_cos',
  description: 'Day of the week as a cycle, from Monday: the cosine.',
  family: 'calendar',
  unit: 'cycle',
  reads: [],
  finish: ({ dayOfWeek }) => Math.cos((2 * Math.PI * dayOfWeek) / 7),
});
