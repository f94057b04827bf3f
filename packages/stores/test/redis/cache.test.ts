import { memoryCache } from '@tillcast/stores/memory/cache';
import { redisCache } from '@tillcast/stores/redis/cache';
import { openRedisLink } from '@tillcast/stores/redis/redis-link';
import { describe, expect, it } from 'vitest';
import { type CacheUnderTest, cacheContract, cacheLaws } from '../../../core/test/contract/cache.ts';
import { redisMissing } from './start-redis.ts';
import { withTwoLinks } from './two-links.ts';

const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function inMemory(): CacheUnderTest {
  let nowMs = 0;
  const cache = memoryCache({ now: () => nowMs });
  return {
    ...{ cache, other: cache },
    pass: async (ms) => {
      nowMs += ms;
    },
  };
}

describe('memory cache', () => {
  cacheContract(inMemory);

  it('pushes out what was not asked for longest', async () => {
    const cache = memoryCache({ now: () => 0, maxBytes: 3 * (100 + 128) });
    for (const key of ['a', 'b', 'c']) await cache.set('s', key, new Uint8Array(100), 1_000);
    await cache.get('s', 'a');
    await cache.set('s', 'd', new Uint8Array(100), 1_000);
    const found = await Promise.all(['a', 'b', 'c', 'd'].map((key) => cache.get('s', key)));
    expect(found.map((value) => value !== undefined)).toEqual([true, false, true, true]);
  });
});

describe.skipIf(redisMissing !== undefined)('redis cache', () => {
  const redis = withTwoLinks(1_000);

  cacheContract(() => ({ cache: redisCache(redis.links[0]), other: redisCache(redis.links[1]), pass: rest }));

  it('keeps no more values than it may, none without an end, none too large', async () => {
    const cache = redisCache(redis.links[0], { maxValues: 10, maxValueBytes: 100, prefix: 'bounded' });
    for (let at = 0; at < 50; at += 1) await cache.set('s', `${at}`, new Uint8Array(10), 60_000);
    await cache.set('s', 'large', new Uint8Array(101), 60_000);
    expect(await redis.server.say('HLEN', 'bounded:cache:{s}')).toBe(':10');
    expect(Number((await redis.server.say('PTTL', 'bounded:cache:{s}')).slice(1))).toBeGreaterThan(0);
  });

  it('knows nothing while Redis is away, and a purge of that time is made up for', async () => {
    const cache = redisCache(redis.links[0]);
    await cache.set('away', 'k', Uint8Array.of(1), 60_000);
    redis.server.freeze();
    const link = openRedisLink(redis.server.url(), { budgetMs: 20 });
    const cut = redisCache(link);
    expect(await cut.get('away', 'k')).toBeUndefined();
    await cut.set('away', 'k', Uint8Array.of(2), 60_000);
    await cut.purge('away');
    redis.server.thaw();
    await link.ready(5_000);
    expect(await cut.get('away', 'k')).toBeUndefined();
    expect(await cache.get('away', 'k')).toBeUndefined();
    await link.close();
  });
});

const faults: Readonly<Record<string, (test: CacheUnderTest) => Partial<CacheUnderTest['cache']>>> = {
  'forgets to purge': () => ({ purge: async () => {} }),
  'keeps for ever': ({ cache }) => ({ set: (scope, key, value) => cache.set(scope, key, value, 1e12) }),
  'mixes scopes': ({ cache }) => ({
    get: (_, key) => cache.get('all', key),
    set: (_, key, value, ttlMs) => cache.set('all', key, value, ttlMs),
  }),
};

describe('the laws of the cache catch planted faults', () => {
  it.each(Object.keys(faults))('%s', async (name) => {
    const test = inMemory();
    const cache = { ...test.cache, ...faults[name]!(test) };
    const results = await Promise.allSettled(Object.values(cacheLaws).map((law) => law({ ...test, cache, other: cache })));
    expect(results.some(({ status }) => status === 'rejected')).toBe(true);
  });
});
