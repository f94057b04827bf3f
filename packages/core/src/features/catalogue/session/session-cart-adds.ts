import { defineFeature } from '../../feature.ts';
import { sessionSteps } from './session-steps.ts';

/** Times something was put into the cart in this session. */
export const sessionCartAdds = defineFeature({
  name: 'session_cart_adds',
  description: 'Times something was put into the cart in this session.',
  family: 'session',
  unit: 'count',
  reads: [sessionSteps],
  finish: (_, { cartAdds }) => cartAdds,
});
