import { createHash } from 'node:crypto';
import type { Cache } from '@tillcast/core/ports/cache';
import type { RedisLink } from './redis-link.ts';
import { defineScript, runScript } from './run-script.ts';

export interface RedisCacheSettings {
  /** Values of a scope at most; more are not kept until some have ended. Default 100,000. */
  readonly maxValues?: number;
  /** Bytes of one value at most; larger ones are not kept. Default 64 Ki. */
  readonly maxValueBytes?: number;
  readonly prefix?: string;
}

/** How long a scope's generation is remembered: longer than any value of it. */
const scopeMs = 8 * 86_400_000;
const longestMs = 7 * 86_400_000;

// A value's name holds the generation of its scope, so that a purge is one step, however many there are; those of before end by themselves.
const getScript = defineScript(`
return redis.call('GET', KEYS[1] .. ':' .. (redis.call('GET', KEYS[1]) or '0') .. ':' .. ARGV[1])
`);
const setScript = defineScript(`
local generation = redis.call('GET', KEYS[1]) or '0'
local index = KEYS[1] .. ':' .. generation .. ':index'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', index, '-inf', now)
if redis.call('ZCARD', index) >= tonumber(ARGV[4]) and not redis.call('ZSCORE', index, ARGV[1]) then return 0 end
redis.call('SET', KEYS[1] .. ':' .. generation .. ':' .. ARGV[1], ARGV[2], 'PX', ARGV[3])
redis.call('ZADD', index, now + ARGV[3], ARGV[1])
redis.call('PEXPIRE', index, ${scopeMs})
return 1
`);
const purgeScript = defineScript(`
local before = redis.call('GET', KEYS[1]) or '0'
redis.call('UNLINK', KEYS[1] .. ':' .. before .. ':index')
redis.call('SET', KEYS[1], ARGV[1], 'PX', ${scopeMs})
return 1
`);

/** A cache that processes share. Every key carries its scope in braces, so that a script finds all it touches in one slot. */
export function redisCache(link: RedisLink, settings: RedisCacheSettings = {}): Cache {
  const { maxValues = 100_000, maxValueBytes = 65_536, prefix = 'tillcast' } = settings;
  const scopeKey = (scope: string): string => `${prefix}:cache:{${encodeURIComponent(scope)}}`;
  const fieldOf = (key: string): string => createHash('sha256').update(key).digest('base64url');
  /** Purges that Redis has not heard of: until it has, the scope is unknown here. */
  const unpurged = new Set<string>();

  async function purge(scope: string): Promise<void> {
    unpurged.add(scope);
    const generation = `${process.hrtime.bigint().toString(36)}-${Math.floor(performance.timeOrigin)}`;
    await link.run((redis) => runScript(redis, purgeScript, [scopeKey(scope)], [generation]));
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
