import { defineFeature } from '../../feature.ts';
import { MINUTE_MS } from '../durations.ts';
import { sessionPace } from './session-pace.ts';

/** Pause before the last thing the shopper did in this session. */
export const sessionGapLastMinutes = defineFeature({
  name: 'session_gap_last_minutes',
  description: 'Pause before the last thing the shopper did in this session.',
  family: 'session',
  unit: 'minutes',
  reads: [sessionPace],
  finish: (_, { lastGapMs }) => lastGapMs / MINUTE_MS,
});
