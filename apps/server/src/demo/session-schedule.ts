import { type ShopEvent, shopperOf } from '@tillcast/core/events/event';
import { defaultSessionGapMs } from '@tillcast/core/events/session';

/** A visit as it was simulated: its events in order, and how long after its first one each came. */
export interface Visit {
  readonly steps: readonly { readonly event: ShopEvent; readonly offsetMs: number }[];
}

/**
 * Cuts a stream of events in time order into whole visits, in the order in which they end; refunds, which belong to no visit, are left out.
 * Memory is bounded by the visits open at one moment.
 */
export function* visitsOf(events: Iterable<ShopEvent>): Generator<Visit> {
  const open = new Map<string, ShopEvent[]>();
  for (const event of events) {
    if (event.event === 'refund') continue;
    for (const [key, visit] of open) {
      if (event.eventTimeMs - visit.at(-1)!.eventTimeMs <= defaultSessionGapMs) break;
      open.delete(key);
      yield asVisit(visit);
    }
    const key = `${shopperOf(event)} ${event.sessionId ?? ''}`;
    const visit = open.get(key) ?? [];
    visit.push(event);
    // Re-inserting keeps the map in order of last activity, so that the loop above stops at the first visit that still lives.
    open.delete(key);
    open.set(key, visit);
  }
}

const asVisit = (events: readonly ShopEvent[]): Visit => ({
  steps: events.map((event) => ({ event, offsetMs: event.eventTimeMs - events[0]!.eventTimeMs })),
});

/** An event due at a moment of the wall clock. */
export interface Due {
  readonly dueMs: number;
  readonly event: ShopEvent;
}

/**
 * Starts a visit every `everyMs` on average (Poisson arrivals) and gives its events the wall clock's times, with the gaps of the simulation.
 * `until(ms)` answers all events due by then, in order.
 */
export function openSchedule(visits: Iterator<Visit>, startMs: number, everyMs: number, uniform: () => number) {
  let nextStartMs = startMs;
  let visitNumber = 0;
  const waiting: Due[] = [];

  const admit = (): boolean => {
    const next = visits.next();
    if (next.done) return false;
    visitNumber += 1;
    for (const { event, offsetMs } of next.value.steps)
      waiting.push({ dueMs: nextStartMs + offsetMs, event: restamp(event, nextStartMs, offsetMs) });
    nextStartMs += -Math.log(1 - uniform()) * everyMs;
    return true;
  };

  const restamp = (event: ShopEvent, beganMs: number, offsetMs: number): ShopEvent => ({
    ...event,
    eventId: `live-${Math.round(startMs)}-${visitNumber}-${event.eventId}`,
    eventTimeMs: Math.round(beganMs + offsetMs),
    receivedAtMs: Math.round(beganMs + offsetMs),
    ...(event.sessionId === undefined ? {} : { sessionId: `${event.sessionId}-${Math.round(beganMs)}` }),
  });

  return {
    until(ms: number): readonly Due[] {
      while (nextStartMs <= ms && admit());
      const due = waiting.filter(({ dueMs }) => dueMs <= ms).sort((a, b) => a.dueMs - b.dueMs);
      const later = waiting.filter(({ dueMs }) => dueMs > ms);
      waiting.length = 0;
      waiting.push(...later);
      return due;
    },
  };
}
