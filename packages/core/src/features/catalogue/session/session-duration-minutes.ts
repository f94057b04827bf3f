import { defineFeature } from '../../feature.ts';
import { MINUTE_MS } from '../durations.ts';
import { sessionPace } from './session-pace.ts';

/** Minutes since the session began. */
export const sessionDurationMinutes = defineFeature({
  name: 'session_duration_minutes',
  description: 'Minutes since the session began.',
  family: 'session',
  unit: 'minutes',
  reads: [sessionPace],
  finish: ({ asOfMs }, { firstMs }) => (asOfMs - firstMs) / MINUTE_MS,
});
