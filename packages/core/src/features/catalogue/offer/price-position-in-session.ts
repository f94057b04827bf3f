import { defineFeature } from '../../feature.ts';
import { priceCents } from '../amounts.ts';
import { sessionPrices } from '../session/session-prices.ts';

/** Where the price lies between the lowest (0) and the highest (1) looked at in this session. */
export const pricePositionInSession = defineFeature({
  name: 'price_position_in_session',
  description: 'Where the price lies between the lowest (0) and the highest (1) looked at in this session.',
  family: 'offer',
  unit: 'share',
  reads: [sessionPrices],
  finish: ({ price }, { min, max }) => {
    const cents = priceCents(price);
    return cents > 0 && max > min ? Math.min(1, Math.max(0, (cents - min) / (max - min))) : Number.NaN;
  },
});
