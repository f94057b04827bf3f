import { defineFeature } from '../../feature.ts';
import { itemCartAddRate } from './conversion-rates.ts';
import { categoryTotal, itemTotal, shopTotal } from './total-demand.ts';

/** Cart adds for each view of this item, drawn towards its category’s rate where there are few views. */
export const itemCartRate = defineFeature({
  name: 'item_cart_rate',
  description: 'Cart adds for each view of this item, drawn towards its category’s rate where there are few views.',
  family: 'demand',
  unit: 'ratio',
  reads: [itemTotal, categoryTotal, shopTotal],
  finish: (_, item, category, shop) => itemCartAddRate(item, category, shop),
});
