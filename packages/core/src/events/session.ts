import type { ShopEvent } from './event.ts';

/** A visit: its id, given by the shop or derived, and the times of its first and latest event. */
export interface Session {
  readonly id: string;
  readonly startMs: number;
  readonly lastMs: number;
}

/** Silence that ends a session without an id, unless the shop says otherwise. */
export const defaultSessionGapMs = 30 * 60_000;

/** One text that names a session among all: ids hold no control characters, so the separator cannot occur in them. */
export const sessionKey = (tenant: string, shopper: string, sessionId: string): string =>
  `${tenant}\u001f${shopper}\u001f${sessionId}`;

/**
 * The session an event belongs to, given the shopper's previous one (events in the order of `compareEvents`).
 * An id given by the shop decides; without one, a silence longer than `gapMs` starts a session named after its first moment.
 */
export function nextSession(
  previous: Session | undefined,
  event: Pick<ShopEvent, 'sessionId' | 'eventTimeMs'>,
  gapMs = defaultSessionGapMs,
): Session {
  const { sessionId, eventTimeMs } = event;
  const goesOn =
    previous !== undefined && (sessionId === undefined ? eventTimeMs - previous.lastMs <= gapMs : sessionId === previous.id);
  if (goesOn) return { ...previous, lastMs: Math.max(previous.lastMs, eventTimeMs) };
  return { id: sessionId ?? `t${eventTimeMs}`, startMs: eventTimeMs, lastMs: eventTimeMs };
}
