import type { BundleManifest } from '@tillcast/core/scoring/bundle';
import { expect, it } from 'vitest';
import { shopTime } from '../../src/serving/shop-time.ts';

const manifest = (version: string, timeZone: string, sessionGapMs: number) =>
  ({ version, timeZone, sessionGapMs }) as unknown as BundleManifest;
const registryOf = (champions: Readonly<Record<string, string>>) => ({
  list: async () => [manifest('1', 'Europe/Berlin', 60_000), manifest('2', 'Asia/Tokyo', 120_000)],
  resolve: async (model: string) => champions[model],
});

it.each([
  [
    'what is told',
    { timeZone: 'Europe/Rome', sessionGapMs: 5_000, shop: { timeZone: 'Europe/Oslo' } },
    { session: '1' },
    'Europe/Rome',
    5_000,
  ],
  ['what the shop says', { shop: { timeZone: 'Europe/Oslo' } }, { session: '1', item: '2' }, 'Europe/Oslo', 60_000],
  ['the champion of visits', {}, { session: '1', item: '2' }, 'Europe/Berlin', 60_000],
  ['the champion of items', {}, { item: '2' }, 'Asia/Tokyo', 120_000],
  ['the defaults', {}, {}, 'UTC', 1_800_000],
])('takes %s, before all that comes after it', async (_what, told, champions, timeZone, sessionGapMs) => {
  expect(await shopTime(told, registryOf(champions as Record<string, string>))).toEqual({ timeZone, sessionGapMs });
});
