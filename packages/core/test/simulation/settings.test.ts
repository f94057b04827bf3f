import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { parseDrift, type ShopSettings } from '@tillcast/core/simulation/settings';
import { simulateShop } from '@tillcast/core/simulation/shop';
import { describe, expect, it } from 'vitest';

const good: ShopSettings = { shoppers: 10, days: 1, seed: 1 };

describe('settings', () => {
  it.each<[string, Partial<ShopSettings>]>([
    ['shoppers', { shoppers: 0 }],
    ['shoppers', { shoppers: 2.5 }],
    ['days', { days: -3 }],
    ['days', { days: Number.NaN }],
    ['days', { days: 36_501 }],
    ['seed', { seed: 0.5 }],
    ['startMs', { startMs: Number.NaN }],
    ['items', { items: 3 }],
    ['visitsPerDay', { visitsPerDay: 0 }],
    ['lateShare', { lateShare: 1.01 }],
    ['botsShare', { botsShare: 0.9 }],
    ['anonymousShare', { anonymousShare: 0.8, logInShare: 0.5 }],
    ['timeZone', { timeZone: 'Europe/Berlin' as 'UTC' }],
    ['drift', { drift: { kind: 'weather' as 'conversion', fromDay: 1, factor: 1 } }],
    ['drift.fromDay', { drift: { kind: 'conversion', fromDay: -1, factor: 1 } }],
    ['drift.factor', { drift: { kind: 'conversion', fromDay: 1, factor: 0 } }],
  ])('refuses a bad %s by name: %o', (field, bad) => {
    const run = () => simulateShop({ ...good, ...bad }).next();
    expect(run).toThrow(TillcastError);
    expect(run).toThrow(field);
  });

  it('takes the smallest shop there is', () => {
    expect(() => [...simulateShop({ shoppers: 1, days: 0.5, seed: -1 })]).not.toThrow();
  });

  it('reads drift as text, and refuses what it does not know', () => {
    expect(parseDrift('price_level@14=1.25')).toEqual({ kind: 'price_level', fromDay: 14, factor: 1.25 });
    for (const bad of ['', 'conversion', 'conversion@x=1', 'weather@3=2', 'conversion@3=-1', 'category_mix@3=2'])
      expect(() => parseDrift(bad)).toThrow('drift');
  });
});
