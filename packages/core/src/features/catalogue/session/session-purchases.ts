import { defineFeature } from '../../feature.ts';
import { sessionSteps } from './session-steps.ts';

/** Orders already placed in this session. */
export const sessionPurchases = defineFeature({
  name: 'session_purchases',
  description: 'Orders already placed in this session.',
  family: 'session',
  unit: 'count',
  reads: [sessionSteps],
  finish: (_, { purchases }) => purchases,
});
