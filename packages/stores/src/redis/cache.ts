import { createHash } from 'node:crypto';
import type { Cache } from '@tillcast/core/ports/cache';
import type { RedisLink } from './redis-link.ts';
import { defineScript, runScript } from './run-script.ts';

export interface RedisCacheSettings {
  /** Values of a scope at most; beyond it any of them is pushed out. Default 100,000. */
  readonly maxValues?: number;
  /** Bytes of one value at most; larger ones are not kept. Default 64 Ki. */
  readonly maxValueBytes?: number;
  readonly prefix?: string;
}

const longestMs = 7 * 86_400_000;

// A scope is one hash, so that a purge is one step, however much there is. Each value begins with the moment of its end, by the server's clock.
const getScript = defineScript(`
local value = redis.call('HGET', KEYS[1], ARGV[1])
if not value then return false end
local time = redis.call('TIME')
if struct.unpack('>d', value) <= time[1] * 1000 + time[2] / 1000 then
  redis.call('HDEL', KEYS[1], ARGV[1])
  return false
end
return string.sub(value, 9)
`);
const setScript = defineScript(`
local time = redis.call('TIME')
local ttl = tonumber(ARGV[3])
redis.call('HSET', KEYS[1], ARGV[1], struct.pack('>d', time[1] * 1000 + time[2] / 1000 + ttl) .. ARGV[2])
if redis.call('PTTL', KEYS[1]) < ttl then redis.call('PEXPIRE', KEYS[1], ttl) end
local tooMany = redis.call('HLEN', KEYS[1]) - tonumber(ARGV[4])
if tooMany > 0 then
  for _, name in ipairs(redis.call('HRANDFIELD', KEYS[1], tooMany)) do redis.call('HDEL', KEYS[1], name) end
end
return 1
`);

/** A cache that processes share. */
export function redisCache(link: RedisLink, settings: RedisCacheSettings = {}): Cache {
  const { maxValues = 100_000, maxValueBytes = 65_536, prefix = 'tillcast' } = settings;
  const scopeKey = (scope: string): string => `${prefix}:cache:{${encodeURIComponent(scope)}}`;
  const fieldOf = (key: string): string => createHash('sha256').update(key).digest('base64url');
  /** Purges that Redis has not heard of: until it has, the scope is unknown here. */
  const unpurged = new Set<string>();

  async function purge(scope: string): Promise<void> {
    unpurged.add(scope);
    await link.run((redis) => redis.unlink(scopeKey(scope)));
    unpurged.delete(scope);
  }

  const quietly = <T>(work: Promise<T>): Promise<T | undefined> => work.catch(() => undefined);
  async function isPurged(scope: string): Promise<boolean> {
    if (unpurged.has(scope)) await quietly(purge(scope));
    return !unpurged.has(scope);
  }

  return {
    async get(scope, key) {
      if (!(await isPurged(scope))) return undefined;
      const value = await quietly(link.run((redis) => runScript(redis, getScript, [scopeKey(scope)], [fieldOf(key)])));
      return Buffer.isBuffer(value) ? value : undefined;
    },
    async set(scope, key, value, ttlMs) {
      if (value.length > maxValueBytes || !(await isPurged(scope))) return;
      const args = [fieldOf(key), Buffer.from(value), Math.max(1, Math.floor(Math.min(ttlMs, longestMs))), maxValues];
      await quietly(link.run((redis) => runScript(redis, setScript, [scopeKey(scope)], args)));
    },
    purge: async (scope) => void (await quietly(purge(scope))),
    close: async () => {},
  };
}
