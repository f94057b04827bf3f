import { TillcastError } from '@tillcast/core/errors/tillcast-error';

/** The moment that `as_of` names, at most now; absent = now. Raises INPUT_INVALID. */
export function asOfMs(text: string | undefined, nowMs: number): number {
  if (text === undefined) return nowMs;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new TillcastError('INPUT_INVALID', `/as_of: ${text} is no moment of the calendar`);
  return Math.min(ms, nowMs);
}
