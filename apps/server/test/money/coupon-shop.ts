import { noSettings, type ShopSettings } from '@tillcast/core/shop/settings';
import { openRandom } from '@tillcast/core/simulation/random';
import { expect } from 'vitest';
import { fridayEvening, openToyService } from '../toys/toy-service.ts';

export const shop: ShopSettings = {
  ...{ ...noSettings, currency: 'EUR', margin: 0.5, servingCostPerDay: 1 },
  treatmentCosts: new Map([['coupon10', { fixed: 0.1, shareOfValue: 0.1 }]]),
};

export const experiment = {
  experiment_id: 'coupons',
  variants: ['plain', { name: 'coupon', treatment: { kind: 'offer', id: 'coupon10' } }],
  traffic_split: { plain: 0.5, coupon: 0.5 },
  holdout: { name: 'global', share: 0.3 },
  primary_metric: 'margin',
};

const hourMs = 3_600_000;
export const at = (ms: number): string => new Date(ms).toISOString();

/** What one side of a comparison did, counted by the test itself. */
export interface Side {
  units: number;
  buyers: number;
}

/** Opens a service in which devices meet the experiment, one a minute, and buy for 40 with a chance that depends on the variant. */
export async function openCouponShop({ devices = 400, settings = shop, config = experiment as object, seed = 11 } = {}) {
  const service = await openToyService({ settings: { shop: settings } });
  for (const path of ['', `/${experiment.experiment_id}/start`]) {
    const answer = await service.post(`/v1/experiments${path}`, path === '' ? config : {});
    expect(answer.statusCode, answer.body).toBeLessThan(300);
  }
  const random = openRandom(seed);
  const sides: Record<string, Side> = {};
  const events: object[] = [];
  for (let n = 0; n < devices; n++) {
    service.clock.nowMs = fridayEvening + n * 60_000;
    const met = await service.post('/v1/experiments/coupons/exposures', { anonymous_id: `d${n}` });
    const variant = (met.json().variant as string | null) ?? 'held out';
    sides[variant] ??= { units: 0, buyers: 0 };
    const side = sides[variant];
    side.units++;
    if (random.uniform() >= (variant === 'coupon' ? 0.6 : 0.2)) continue;
    side.buyers++;
    events.push({
      ...{ event_id: `b${n}`, event: 'purchase', anonymous_id: `d${n}`, event_time: at(service.clock.nowMs + 1_000) },
      ...{ transaction_id: `t${n}`, value: 40, currency: 'EUR', items: [{ item_id: 'p', price: 40, quantity: 1 }] },
    });
  }
  service.clock.nowMs += 60_000;
  const taken = await service.post('/v1/events', events);
  expect(taken.json()).toMatchObject({ accepted: events.length, rejected: 0 });
  service.clock.nowMs = fridayEvening + devices * 60_000 + 30 * hourMs;
  return { service, sides };
}
