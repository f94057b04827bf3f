import type { EventLog } from '@tillcast/core/ports/event-log';
import type { HotState } from '@tillcast/core/ports/hot-state';
import { type RedisHotStateSettings, redisHotState } from '@tillcast/stores/redis/hot-state';
import { openRedisLink, type RedisLink } from '@tillcast/stores/redis/redis-link';
import { type HotStatesUnderTest, hotEngine, hotNowMs } from '../../../core/test/contract/hot-state.ts';
import type { TestRedis } from './start-redis.ts';

/** Three processes' hot states over one Redis, each by a connection of its own. */
export interface HotPlace extends HotStatesUnderTest {
  readonly close: () => Promise<void>;
}

/** Opens them over a log. The budget is wide: these tests ask what is answered, not how soon. `change` may spoil a link. */
export async function openHotPlace(
  server: TestRedis,
  log: EventLog,
  {
    change = (link: RedisLink) => link,
    ...settings
  }: Partial<RedisHotStateSettings> & { change?: (link: RedisLink) => RedisLink } = {},
): Promise<HotPlace> {
  const links = [0, 1, 2].map(() => openRedisLink(server.url(), { budgetMs: 5_000 }));
  const over = (link: RedisLink): HotState =>
    redisHotState(change(link), { engine: hotEngine, now: () => hotNowMs, tellEveryMs: 0, ...settings });
  const processes = links.map(over);
  for (const process of processes) await process.restore(log);
  return {
    processes,
    log,
    open: () => over(links[0]!),
    lose: async () => void (await server.say('FLUSHALL')),
    async close() {
      for (const process of processes) await process.close();
      for (const link of links) await link.close();
    },
  };
}
