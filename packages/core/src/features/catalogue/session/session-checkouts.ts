import { defineFeature } from '../../feature.ts';
import { sessionSteps } from './session-steps.ts';

/** Steps of checkout begun in this session. */
export const sessionCheckouts = defineFeature({
  name: 'session_checkouts',
  description: 'Steps of checkout begun in this session.',
  family: 'session',
  unit: 'count',
  reads: [sessionSteps],
  finish: (_, { checkouts }) => checkouts,
});
