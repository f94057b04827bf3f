import { randomUUID } from 'node:crypto';
import type { Tellings } from '@tillcast/core/ports/tellings';
import type { RedisLink } from './redis-link.ts';
import { defineScript, runScript } from './run-script.ts';

// A shopper is one sorted set of tellings by the moment they end, on the server's clock; the set ends with the last of them.
const tellScript = defineScript(`
local time = redis.call('TIME')
local now, keep = time[1] * 1000 + math.floor(time[2] / 1000), tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + keep, ARGV[1])
if redis.call('PTTL', KEYS[1]) < keep then redis.call('PEXPIRE', KEYS[1], keep) end
return 1
`);
const recallScript = defineScript(`
local time = redis.call('TIME')
return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)), '+inf')
`);

/** Keeps tellings in Redis, for all processes together. */
export function redisTellings(link: RedisLink, { prefix = 'tillcast' }: { readonly prefix?: string } = {}): Tellings {
  const own = randomUUID();
  const keyOf = (shopper: string): string => `${prefix}:told:{${encodeURIComponent(shopper)}}`;
  const quietly = <T>(work: Promise<T>): Promise<T | undefined> => work.catch(() => undefined);

  return {
    async recall(shopper) {
      const found = await quietly(link.run((redis) => runScript(redis, recallScript, [keyOf(shopper)], [])));
      const told = new Map<string, number[]>();
      for (const member of Array.isArray(found) ? (found as Buffer[]) : []) {
        const [rule, atMs] = JSON.parse(member.toString()) as [string, number];
        told.set(rule, [...(told.get(rule) ?? []), atMs]);
      }
      for (const moments of told.values()) moments.sort((a, b) => a - b);
      return told;
    },
    async tell(shopper, rule, atMs, keepMs) {
      const member = JSON.stringify([rule, atMs, own]);
      const keep = Math.max(1, Math.ceil(keepMs));
      await quietly(link.run((redis) => runScript(redis, tellScript, [keyOf(shopper)], [member, keep])));
    },
    async forget(shopper) {
      await quietly(link.run((redis) => redis.unlink(keyOf(shopper))));
    },
  };
}
