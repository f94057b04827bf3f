import type { Limiter, LimitPolicy, LimitVerdict } from '@tillcast/core/ports/limiter';

export interface MemoryLimiterSettings {
  readonly policy: LimitPolicy;
  /** A monotonic clock, ms. */
  readonly now: () => number;
  /** Keys remembered; beyond it the one that took longest ago is forgotten. */
  readonly maxKeys?: number;
}

const defaultMaxKeys = 100_000;

/**
 * A limiter in process, by the generic cell rate algorithm (ITU-T I.371, annex A): a key's state is one number, the moment from which it owes
 * nothing. Admitting adds the cost's share of the window to it; it may lie ahead of now by at most what the burst is worth.
 */
export function memoryLimiter({ policy, now, maxKeys = defaultMaxKeys }: MemoryLimiterSettings): Limiter {
  const msPerUnit = policy.windowMs / policy.limit;
  const aheadMs = policy.burst * msPerUnit;
  /** In order of the last taking: what was forgotten first could have taken last. */
  const paidUntil = new Map<string, number>();
  let lastKey: string | undefined;

  function remember(key: string, until: number): void {
    // Who took last is at the end already: most shops have one credential that asks, and a table that is always laid out anew costs the collector.
    if (key !== lastKey) paidUntil.delete(key);
    paidUntil.set(key, until);
    lastKey = key;
    if (paidUntil.size <= maxKeys) return;
    const eldest = paidUntil.keys().next();
    if (!eldest.done) paidUntil.delete(eldest.value);
  }

  const verdict = (allowed: boolean, owedMs: number, retryAfterMs: number): LimitVerdict => ({
    allowed,
    // A hair is added, so that a rest of exactly one unit is not lost to rounding.
    remaining: Math.max(0, Math.floor((aheadMs - owedMs) / msPerUnit + 1e-9)),
    resetMs: owedMs,
    retryAfterMs,
  });

  return {
    policy,
    take(key, cost = 1) {
      const at = now();
      const owedMs = Math.max(0, (paidUntil.get(key) ?? at) - at);
      if (cost > policy.burst) return verdict(false, owedMs, Number.POSITIVE_INFINITY);
      const wouldOweMs = owedMs + cost * msPerUnit;
      const tooMuchMs = wouldOweMs - aheadMs;
      if (tooMuchMs > 1e-6) return verdict(false, owedMs, tooMuchMs);
      remember(key, at + wouldOweMs);
      return verdict(true, wouldOweMs, 0);
    },
    close: async () => paidUntil.clear(),
  };
}
