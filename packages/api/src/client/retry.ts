/** How long a failed request waits before it is tried again, ms. */
export interface Backoff {
  readonly baseMs: number;
  readonly capMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * The wait before attempt `attempt + 1` (from 0), ms: full jitter (M. Brooker, Exponential Backoff And Jitter, AWS Architecture Blog, 2015), and never
 * earlier than the server asked for.
 */
export const retryDelayMs = (attempt: number, { baseMs, capMs, random }: Backoff, retryAfterMs = 0): number =>
  retryAfterMs + random() * Math.min(capMs, baseMs * 2 ** attempt);

/** A `Retry-After` header (RFC 9110, 10.2.3: seconds or a date) as ms from now; 0 where there is none that can be read. */
export function parseRetryAfter(value: string | null, nowMs: number): number {
  if (value === null) return 0;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1_000;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? 0 : Math.max(0, atMs - nowMs);
}

/** Whether a status says that the same request may succeed later. */
export const isTransient = (status: number): boolean => status === 408 || status === 425 || status === 429 || status >= 500;
