import type { Limiter, LimitPolicy, LimitVerdict } from '@tillcast/core/ports/limiter';
import { memoryLimiter } from '../memory/limiter.ts';
import type { RedisLink } from './redis-link.ts';
import { defineScript, runScript } from './run-script.ts';

export interface RedisLimiterSettings {
  readonly policy: LimitPolicy;
  /** A monotonic clock of this process, ms, for while Redis does not answer. */
  readonly now: () => number;
  /** The share of the limit that this process admits by itself while Redis does not answer; default a half. */
  readonly shareAlone?: number;
  readonly prefix?: string;
}

/**
 * The generic cell rate algorithm (ITU-T I.371, annex A; see `memoryLimiter`), on the server's clock: those of processes differ, and would admit twice.
 * KEYS: the key. ARGV: milliseconds a unit, milliseconds the burst is worth, cost. Answers as texts, for Redis cuts numbers: whether it was admitted,
 * milliseconds owed, milliseconds too much.
 */
export const takeScript = defineScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local unit, ahead, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local owed = math.max(0, tonumber(redis.call('GET', KEYS[1]) or '0') - now)
local wouldOwe = owed + cost * unit
local tooMuch = wouldOwe - ahead
if tooMuch > 1e-3 then return {0, string.format('%.6f', owed), string.format('%.6f', tooMuch)} end
redis.call('SET', KEYS[1], string.format('%.6f', now + wouldOwe), 'PX', math.ceil(wouldOwe) + 1)
return {1, string.format('%.6f', wouldOwe), '0'}
`);

/** A limiter whose counts lie in Redis, for all processes together; each key ends by itself once it owes nothing. */
export function redisLimiter(
  link: RedisLink,
  { policy, now, shareAlone = 0.5, prefix = 'tillcast' }: RedisLimiterSettings,
): Limiter {
  const msPerUnit = policy.windowMs / policy.limit;
  const aheadMs = policy.burst * msPerUnit;
  const alone = memoryLimiter({
    policy: { ...policy, limit: policy.limit * shareAlone, burst: Math.max(1, Math.floor(policy.burst * shareAlone)) },
    now,
  });
  const verdict = (allowed: boolean, owedMs: number, retryAfterMs: number): LimitVerdict => ({
    allowed,
    // A hair is added, so that a rest of exactly one unit is not lost to rounding.
    remaining: Math.max(0, Math.floor((aheadMs - owedMs) / msPerUnit + 1e-6)),
    resetMs: owedMs,
    retryAfterMs,
  });

  return {
    policy,
    async take(key, cost = 1) {
      const name = `${prefix}:limit:${policy.name}:{${encodeURIComponent(key)}}`;
      // A cost that never fits asks for nothing, so as to learn what remains.
      const fits = cost <= policy.burst;
      try {
        const answer = (await link.run((redis) =>
          runScript(redis, takeScript, [name], [msPerUnit, aheadMs, fits ? cost : 0]),
        )) as [number, Buffer, Buffer];
        const [owedMs, tooMuchMs] = [Number(answer[1]), Number(answer[2])];
        return fits ? verdict(answer[0] === 1, owedMs, tooMuchMs) : verdict(false, owedMs, Number.POSITIVE_INFINITY);
      } catch {
        return alone.take(key, cost);
      }
    },
    close: () => alone.close(),
  };
}
