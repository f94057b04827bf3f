import { defineFeature } from '../../feature.ts';
import { sessionCart } from './session-cart.ts';

/** What the cart is worth, as far as prices are known. */
export const sessionCartValue = defineFeature({
  name: 'session_cart_value',
  description: 'What the cart is worth, as far as prices are known.',
  family: 'session',
  unit: 'currency',
  reads: [sessionCart],
  finish: (_, lines) => lines.reduce((sum, { units, cents }) => sum + units * cents, 0) / 100,
});
