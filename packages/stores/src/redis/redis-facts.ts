import type { RedisLink } from './redis-link.ts';

/** What a Redis says of itself, as far as it matters to those who keep things in it. */
export interface RedisFacts {
  readonly version: string;
  /** Bytes; 0 = no bound. */
  readonly maxMemory: number;
  /** What it does when it is full; `noeviction` = it refuses writes and loses nothing. */
  readonly policy: string;
  readonly usedBytes: number;
  readonly peakBytes: number;
  readonly role: string;
  /** Its clock, epoch ms, in the middle of the asking. */
  readonly timeMs: number;
  /** Microseconds a question and its answer take; the least of some. */
  readonly roundTripUs: number;
}

/** Asks a Redis for what it is; a user who may not ask for its settings is told the rest. */
export async function readRedisFacts(link: RedisLink, budgetMs = 2_000): Promise<RedisFacts> {
  const info = await link.run((redis) => redis.info('server', 'memory', 'replication'), budgetMs);
  const of = (name: string): string => new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim() ?? '';
  let [roundTripUs, timeMs] = [Number.POSITIVE_INFINITY, 0];
  for (let asked = 0; asked < 5; asked += 1) {
    const from = performance.now();
    const [seconds, micros] = (await link.run((redis) => redis.time(), budgetMs)) as unknown as [
      string | number,
      string | number,
    ];
    const tookMs = performance.now() - from;
    if (tookMs * 1_000 >= roundTripUs) continue;
    roundTripUs = tookMs * 1_000;
    timeMs = Number(seconds) * 1_000 + Number(micros) / 1_000 + tookMs / 2;
  }
  return {
    ...{ version: of('redis_version'), policy: of('maxmemory_policy'), role: of('role') },
    ...{ maxMemory: Number(of('maxmemory')), usedBytes: Number(of('used_memory')), peakBytes: Number(of('used_memory_peak')) },
    ...{ timeMs, roundTripUs: Math.round(roundTripUs) },
  };
}
