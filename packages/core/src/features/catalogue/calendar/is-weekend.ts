import { defineFeature } from '../../feature.ts';

/** Saturday or Sunday. */
export const isWeekend = defineFeature({
  name: 'is_weekend',
  description: 'Saturday or Sunday.',
  family: 'calendar',
  unit: 'flag',
  reads: [],
  finish: (moment) => (moment.isWeekend ? 1 : 0),
});
