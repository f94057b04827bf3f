import { openRedisLink, type RedisLink } from '@tillcast/stores/redis/redis-link';
import { afterAll, beforeAll } from 'vitest';
import { startRedis, type TestRedis } from './start-redis.ts';

/** A Redis and two links to it, as two processes of ours have them. */
export interface TwoLinks {
  readonly server: TestRedis;
  readonly links: readonly [RedisLink, RedisLink];
}

/** Starts them before the tests of a suite and ends them after; filled once the first test begins. */
export function withTwoLinks(budgetMs: number): TwoLinks {
  const opened: { server?: TestRedis; links?: [RedisLink, RedisLink] } = {};
  beforeAll(async () => {
    opened.server = await startRedis();
    const open = () => openRedisLink(opened.server!.url(), { budgetMs });
    opened.links = [open(), open()];
    for (const link of opened.links) await link.ready(5_000);
  });
  afterAll(async () => {
    await Promise.all((opened.links ?? []).map((link) => link.close()));
    await opened.server?.stop();
  });
  return opened as TwoLinks;
}
