import { defineFeature } from '../../feature.ts';

/** Price of the item. */
export const price = defineFeature({
  name: 'price',
  description: 'Price of the item.',
  family: 'offer',
  unit: 'currency',
  reads: [],
  finish: ({ price: asked }) => (asked !== undefined && asked > 0 ? asked : Number.NaN),
});
