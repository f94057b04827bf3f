import { defineFeature } from '../../feature.ts';
import { sessionCart } from './session-cart.ts';

/** Units in the cart. */
export const sessionCartUnits = defineFeature({
  name: 'session_cart_units',
  description: 'Units in the cart.',
  family: 'session',
  unit: 'count',
  reads: [sessionCart],
  finish: (_, lines) => lines.reduce((sum, { units }) => sum + units, 0),
});
