import { defineFeature } from '../../feature.ts';
import { kindConversion } from './conversion-rates.ts';
import { brandTotal, shopTotal } from './total-demand.ts';

/** Purchases for each view of this brand, drawn towards the shop’s rate where there are few views. */
export const brandConversion = defineFeature({
  name: 'brand_conversion',
  description: 'Purchases for each view of this brand, drawn towards the shop’s rate where there are few views.',
  family: 'demand',
  unit: 'ratio',
  reads: [brandTotal, shopTotal],
  finish: (_, brand, shop) => kindConversion(brand, shop),
});
