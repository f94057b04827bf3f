import { defineFeature } from '../../feature.ts';
import { DAY_MS } from '../durations.ts';
import { ACTIVE_DAYS, shopperRhythm } from './shopper-rhythm.ts';

/** Days of the last 28 on which the shopper came. */
export const shopperActiveDays28d = defineFeature({
  name: 'shopper_active_days_28d',
  description: 'Days of the last 28 on which the shopper came.',
  family: 'shopper',
  unit: 'count',
  windowMs: ACTIVE_DAYS * DAY_MS,
  reads: [shopperRhythm],
  finish: ({ asOfMs }, { activeDays }) => {
    const today = Math.floor(asOfMs / DAY_MS);
    let count = 0;
    for (const day of activeDays) if (day > today - ACTIVE_DAYS && day <= today) count++;
    return count;
  },
});
