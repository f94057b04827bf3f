import { defineFeature } from '../../feature.ts';
import { sessionSteps } from './session-steps.ts';

/** Searches in this session. */
export const sessionSearches = defineFeature({
  name: 'session_searches',
  description: 'Searches in this session.',
  family: 'session',
  unit: 'count',
  reads: [sessionSteps],
  finish: (_, { searches }) => searches,
});
