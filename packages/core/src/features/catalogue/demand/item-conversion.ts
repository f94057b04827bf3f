import { defineFeature } from '../../feature.ts';
import { itemConversionRate } from './conversion-rates.ts';
import { categoryTotal, itemTotal, shopTotal } from './total-demand.ts';

/** Purchases for each view of this item, drawn towards its category’s rate where there are few views. */
export const itemConversion = defineFeature({
  name: 'item_conversion',
  description: 'Purchases for each view of this item, drawn towards its category’s rate where there are few views.',
  family: 'demand',
  unit: 'ratio',
  reads: [itemTotal, categoryTotal, shopTotal],
  finish: (_, item, category, shop) => itemConversionRate(item, category, shop),
});
