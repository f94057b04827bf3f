/** How much one key may take: `limit` a window on average, and `burst` at once. */
export interface LimitPolicy {
  /** Named in the `RateLimit` headers; a token of RFC 9110. */
  readonly name: string;
  /** Cost admitted a window, > 0. */
  readonly limit: number;
  readonly windowMs: number;
  /** Cost admitted at once after a rest, ≥ 1. */
  readonly burst: number;
}

/** What became of one taking. */
export interface LimitVerdict {
  readonly allowed: boolean;
  /** Cost that would be admitted at this moment, whole, ≥ 0. */
  readonly remaining: number;
  /** Until `remaining` is the burst again, if nothing more is taken. */
  readonly resetMs: number;
  /** Until the same cost would be admitted, if nothing else is taken; 0 where it was. */
  readonly retryAfterMs: number;
}

/**
 * Who may take how much. The contract suite (packages/core/test/contract/limiter.ts) holds every implementation to these sentences.
 * - In any span of w ms, the cost admitted for one key is at most burst + limit · w / windowMs.
 * - Under steady demand beyond the limit, at least 98 % of it is admitted.
 * - What is refused takes nothing; after `retryAfterMs` the same cost is admitted, and a little earlier it is not.
 * - Keys do not touch each other.
 * - A cost above the burst is never admitted: `retryAfterMs` is Infinity.
 * - Time is that of the limiter's own monotonic clock (or of the server that holds the state), never of the caller's calendar.
 * - A limiter that cannot reach its state admits by a share it keeps itself; it is never unlimited, and `take` never raises.
 */
export interface Limiter {
  readonly policy: LimitPolicy;
  /** Takes `cost` (default 1, whole, ≥ 1) for a key. A promise only where the state lies elsewhere. */
  take(key: string, cost?: number): LimitVerdict | Promise<LimitVerdict>;
  close(): Promise<void>;
}
