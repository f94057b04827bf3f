import { defineFeature } from '../../feature.ts';
import { kindConversion } from './conversion-rates.ts';
import { categoryTotal, shopTotal } from './total-demand.ts';

/** Purchases for each view in this category, drawn towards the shop’s rate where there are few views. */
export const categoryConversion = defineFeature({
  name: 'category_conversion',
  description: 'Purchases for each view in this category, drawn towards the shop’s rate where there are few views.',
  family: 'demand',
  unit: 'ratio',
  reads: [categoryTotal, shopTotal],
  finish: (_, category, shop) => kindConversion(category, shop),
});
