import { defineFeature } from '../../feature.ts';
import { sessionCart } from './session-cart.ts';

/** Units of this item in the cart. */
export const sessionItemInCart = defineFeature({
  name: 'session_item_in_cart',
  description: 'Units of this item in the cart.',
  family: 'session',
  unit: 'count',
  reads: [sessionCart],
  finish: ({ itemId }, lines) => (itemId === undefined ? Number.NaN : (lines.find((line) => line.itemId === itemId)?.units ?? 0)),
});
