import { defineFeature } from '../../feature.ts';
import { MINUTE_MS } from '../durations.ts';
import { sessionSteps } from './session-steps.ts';

/** Minutes since something was last put into the cart in this session. */
export const sessionMinutesSinceCartAdd = defineFeature({
  name: 'session_minutes_since_cart_add',
  description: 'Minutes since something was last put into the cart in this session.',
  family: 'session',
  unit: 'minutes',
  reads: [sessionSteps],
  finish: ({ asOfMs }, { lastCartAddMs }) => (asOfMs - lastCartAddMs) / MINUTE_MS,
});
