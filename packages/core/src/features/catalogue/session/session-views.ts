import { defineFeature } from '../../feature.ts';
import { sessionSteps } from './session-steps.ts';

/** Product pages opened in this session. */
export const sessionViews = defineFeature({
  name: 'session_views',
  description: 'Product pages opened in this session.',
  family: 'session',
  unit: 'count',
  reads: [sessionSteps],
  finish: (_, { views }) => views,
});
