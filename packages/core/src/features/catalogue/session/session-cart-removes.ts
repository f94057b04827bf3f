import { defineFeature } from '../../feature.ts';
import { sessionSteps } from './session-steps.ts';

/** Times something was taken out of the cart in this session. */
export const sessionCartRemoves = defineFeature({
  name: 'session_cart_removes',
  description: 'Times something was taken out of the cart in this session.',
  family: 'session',
  unit: 'count',
  reads: [sessionSteps],
  finish: (_, { cartRemoves }) => cartRemoves,
});
