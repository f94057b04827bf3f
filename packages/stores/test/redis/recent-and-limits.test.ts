import type { LimitPolicy } from '@tillcast/core/ports/limiter';
import { redisLimiter, takeScript } from '@tillcast/stores/redis/limiter';
import { redisRecentPredictions } from '@tillcast/stores/redis/recent-predictions';
import { openRedisLink, type RedisLink } from '@tillcast/stores/redis/redis-link';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aPrediction } from '../../../core/test/arbitraries/prediction.ts';
import { type LimiterUnderTest, limiterContract } from '../../../core/test/contract/limiter.ts';
import { recentPredictionsContract } from '../../../core/test/contract/recent-predictions.ts';
import { redisMissing, startRedis, type TestRedis } from './start-redis.ts';

describe.skipIf(redisMissing !== undefined)('on Redis', () => {
  let server: TestRedis;
  let link: RedisLink;
  beforeAll(async () => {
    server = await startRedis();
    link = openRedisLink(server.url(), { budgetMs: 2_000 });
    await link.ready(5_000);
  });
  afterAll(async () => {
    await link?.close();
    await server?.stop();
  });

  describe('recent predictions', () => {
    let lists = 0;
    recentPredictionsContract((capacity) => redisRecentPredictions(link, { capacity, prefix: `list${lists++}` }));

    it('are one list for all processes, in one pipeline each time, and end by themselves', async () => {
      const [one, two] = [0, 1].map(() => redisRecentPredictions(link, { capacity: 5, prefix: 'shared' }));
      for (let at = 0; at < 8; at += 1) await [one, two][at % 2]!.push([aPrediction({ predictionId: `p${at}` })]);
      expect((await two!.latest('default', 10)).map(({ predictionId }) => predictionId)).toEqual(['p7', 'p6', 'p5', 'p4', 'p3']);
      expect(await server.say('LLEN', 'shared:{recent}:predictions')).toBe(':5');
      for (const key of ['shared:{recent}:predictions', 'shared:{recent}:columns'])
        expect(Number((await server.say('PTTL', key)).slice(1))).toBeGreaterThan(0);
    });
  });

  describe('limiter', () => {
    /** A limiter whose server's clock stands still but for `pass`. */
    let clocks = 0;
    function underTest(policy: LimitPolicy): LimiterUnderTest {
      const prefix = `limit${clocks++}`;
      let nowMs = 1.7e12;
      const redisAt = (redis: Redis): Redis =>
        new Proxy(redis, {
          get: (target, name) =>
            name === 'callBuffer'
              ? (_command: string, _hash: string, ...rest: string[]) =>
                  target.callBuffer(
                    'EVAL',
                    takeScript.source
                      .replace(`redis.call('TIME')`, `{${Math.floor(nowMs / 1_000)}, ${(nowMs % 1_000) * 1_000}}`)
                      .replace(/'PX', .*\)/, `'PX', 3600000)`),
                    ...rest,
                  )
              : Reflect.get(target, name, target),
        });
      const stopped: RedisLink = {
        ...link,
        isUp: true,
        run: (work, budgetMs) => link.run((redis) => work(redisAt(redis)), budgetMs),
      };
      return {
        limiter: redisLimiter(stopped, { policy, now: () => 0, prefix }),
        pass: (ms) => {
          nowMs += ms;
        },
      };
    }
    limiterContract(underTest, 15);

    const policy = { name: 'credential', limit: 100, windowMs: 1_000, burst: 10 };
    it('is one for all processes, whatever their clocks say', async () => {
      const [early, late] = [0, 1e9].map((skewMs) =>
        redisLimiter(link, { policy, now: () => performance.now() + skewMs, prefix: 'skew' }),
      );
      let admitted = 0;
      const from = performance.now();
      for (let at = 0; at < 100; at += 1) admitted += (await [early, late][at % 2]!.take('k')).allowed ? 1 : 0;
      expect(admitted).toBeLessThanOrEqual(10 + Math.ceil((performance.now() - from) / 10) + 1);
      expect(Number((await server.say('PTTL', 'skew:limit:credential:{k}')).slice(1))).toBeGreaterThan(0);
    });

    it('admits its own share while Redis does not answer: neither all nor nothing', async () => {
      const away = openRedisLink('redis://127.0.0.1:1', { budgetMs: 20 });
      const limiter = redisLimiter(away, { policy, now: () => 0 });
      const verdicts = await Promise.all(Array.from({ length: 20 }, () => limiter.take('k')));
      expect(verdicts.filter(({ allowed }) => allowed)).toHaveLength(5);
      expect(verdicts.at(-1)!.retryAfterMs).toBeCloseTo(20);
      await away.close();
    });
  });
});
