import { defineFeature } from '../../feature.ts';
import { sessionPace } from './session-pace.ts';

/** Everything the shopper did in this session. */
export const sessionEvents = defineFeature({
  name: 'session_events',
  description: 'Everything the shopper did in this session.',
  family: 'session',
  unit: 'count',
  reads: [sessionPace],
  finish: (_, { events }) => events,
});
