import { defineFeature } from '../../feature.ts';
import { sessionPrices } from '../session/session-prices.ts';
import { priceRatio } from './seen-prices.ts';

/** Price against the mean price looked at in this session. */
export const priceToSessionMean = defineFeature({
  name: 'price_to_session_mean',
  description: 'Price against the mean price looked at in this session.',
  family: 'offer',
  unit: 'ratio',
  reads: [sessionPrices],
  finish: ({ price }, seen) => priceRatio(price, seen),
});
