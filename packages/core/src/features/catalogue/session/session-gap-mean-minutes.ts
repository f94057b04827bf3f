import { defineFeature } from '../../feature.ts';
import { MINUTE_MS } from '../durations.ts';
import { sessionPace } from './session-pace.ts';

/** Mean pause between two things the shopper did in this session. */
export const sessionGapMeanMinutes = defineFeature({
  name: 'session_gap_mean_minutes',
  description: 'Mean pause between two things the shopper did in this session.',
  family: 'session',
  unit: 'minutes',
  reads: [sessionPace],
  finish: (_, { events, firstMs, lastMs }) => (events > 1 ? (lastMs - firstMs) / (events - 1) / MINUTE_MS : Number.NaN),
});
