import type { ShopEvent } from '@tillcast/core/events/event';
import { featureCatalog } from '@tillcast/core/features/catalog';
import { openCountsCodec } from '@tillcast/core/features/codec-counts';
import { openShopperCodec } from '@tillcast/core/features/codec-shopper';
import { openEngine } from '@tillcast/core/features/feature-engine';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import { forecastRedis } from '@tillcast/stores/redis/forecast';
import { redisHotState } from '@tillcast/stores/redis/hot-state';
import { readRedisFacts } from '@tillcast/stores/redis/redis-facts';
import { openRedisLink } from '@tillcast/stores/redis/redis-link';
import { describe, expect, it } from 'vitest';
import { redisMissing, startRedis } from './start-redis.ts';

const engine = { timeZone: 'UTC' };
const beganMs = Date.UTC(2026, 10, 20);
const shoppers = 3_000;

/** Visits of six events, of one shopper after the other, over a long tail of items. */
const traffic: ShopEvent[] = Array.from({ length: shoppers * 6 }, (_, at) => {
  const eventTimeMs = beganMs + at * 400;
  const item = Math.floor(400 / (1 + ((at * 7_919) % 400)));
  return {
    ...{
      tenant: 'default',
      eventId: `event-${at}`,
      eventTimeMs,
      receivedAtMs: eventTimeMs,
      userId: `shopper-${Math.floor(at / 6)}`,
    },
    event: at % 6 === 5 ? 'add_to_cart' : 'view_item',
    items: [
      {
        itemId: `item-${item * 31 + (at % 6)}`,
        category: `top.sub-${item % 20}`,
        brand: `brand-${item % 30}`,
        price: 9.99,
        quantity: 1,
      },
    ],
  };
});

/** Numbers and mean sizes of the states that the traffic leaves. */
function measured() {
  const { engine: folding, plan, histories, shopOf } = openEngine(engine);
  for (const event of traffic) folding.apply(event);
  const shop = shopOf('default');
  const codec = openShopperCodec(histories, featureCatalog);
  const bytes = [...shop.shoppers.values()].map((memory) => codec.encode(memory).length);
  const counters = openCountsCodec(plan.item);
  const items = [...shop.items.values()].map(({ states }) => counters.rows(states).flat().length * 2.5 + 6);
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    shopper: { count: bytes.length, bytes: mean(bytes) },
    shared: { count: items.length + 50, bytes: mean(items) },
  };
}

describe.skipIf(redisMissing !== undefined)('the forecast of memory', () => {
  it('is what Redis comes to need, within a quarter', async () => {
    const server = await startRedis({ maxmemory: '0' });
    const link = openRedisLink(server.url(), { budgetMs: 5_000 });
    await link.ready(5_000);
    const before = await readRedisFacts(link);
    const log = memoryEventLog();
    const hot = redisHotState(link, { engine, now: () => traffic.at(-1)!.receivedAtMs, tellEveryMs: 0 });
    await hot.restore(log);
    for (let from = 0; from < traffic.length; from += 500) await hot.take(traffic.slice(from, from + 500));
    await hot.settled();
    const after = await readRedisFacts(link);
    const forecast = forecastRedis(measured());
    const needed = after.usedBytes - before.usedBytes;
    expect((forecast.shopperBytes + forecast.sharedBytes) / needed).toBeGreaterThan(0.75);
    expect((forecast.shopperBytes + forecast.sharedBytes) / needed).toBeLessThan(1.25);
    expect(after).toMatchObject({ policy: 'noeviction', role: 'master', maxMemory: 0 });
    expect(after.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(Math.abs(after.timeMs - Date.now())).toBeLessThan(60_000);
    await hot.close();
    await link.close();
    await server.stop();
  });
});
