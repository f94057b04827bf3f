import { type EventsAnswer, maxEvents } from '@tillcast/api/events';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { type ShopEvent, shopperOf } from '@tillcast/core/events/event';
import { parseEvent } from '@tillcast/core/events/parse-event';
import type { FeatureEngine } from '@tillcast/core/features/engine';
import type { EventLog } from '@tillcast/core/ports/event-log';
import type { Metrics } from '../http/metrics.ts';
import { invalidInput, problemOf } from '../http/problem.ts';
import type { Ingest } from '../http/routes/events.ts';
import type { KnownItems } from './known-items.ts';

/** What an event changes when it becomes known. */
export interface Memory {
  readonly engine: FeatureEngine;
  readonly known: KnownItems;
  /** Told of each shopper whose features changed. */
  readonly touch: (shopper: string) => void;
}

/** Makes one event known: to the features, to the memory of items, to the list of shoppers. False: it came too late to find its place. */
export function remember({ engine, known, touch }: Memory, event: ShopEvent): boolean {
  const applied = engine.apply(event);
  known.see(event);
  if (applied === 'too_late') return false;
  touch(shopperOf(event));
  return true;
}

type Errors = EventsAnswer['errors'];

/** The events of a body, whichever of the three forms it has. */
export function eventsIn(body: unknown): readonly unknown[] {
  const wrapped = typeof body === 'object' && body !== null && !Array.isArray(body) && Object.hasOwn(body, 'events');
  const list = wrapped ? (body as { events: unknown }).events : Array.isArray(body) ? body : [body];
  if (!Array.isArray(list)) throw invalidInput([{ pointer: '/events', detail: 'must be an array of events' }]);
  const stranger = wrapped ? Object.keys(body as object).find((key) => key !== 'events') : undefined;
  if (stranger !== undefined) throw invalidInput([{ pointer: `/${stranger}`, detail: 'is not a field beside events' }]);
  const pointer = wrapped ? '/events' : '';
  if (list.length === 0) throw invalidInput([{ pointer, detail: 'holds no event' }]);
  if (list.length > maxEvents)
    throw invalidInput([{ pointer, detail: `holds ${list.length} events; at most ${maxEvents} go into one request` }]);
  return list;
}

function parseAll(values: readonly unknown[], receivedAtMs: number): { events: ShopEvent[]; indexes: number[]; errors: Errors } {
  const events: ShopEvent[] = [];
  const indexes: number[] = [];
  const errors: Errors = [];
  for (const [index, value] of values.entries()) {
    const parsed = parseEvent(value, { receivedAtMs });
    if (parsed.ok) {
      events.push(parsed.event);
      indexes.push(index);
    } else {
      const fields = parsed.problems.map(({ pointer, problem }) => ({ pointer, detail: problem }));
      errors.push({ index, problem: problemOf(invalidInput(fields)) });
    }
  }
  return { events, indexes, errors };
}

const conflict = (eventId: string): TillcastError =>
  new TillcastError(
    'EVENT_CONFLICT',
    `the event_id "${eventId}" is stored with another body: an event never changes; give a new event its own id`,
  );

/** Takes events in: to disk first, then into the features; the answer goes out after both. */
export function openIngest({
  log,
  memory,
  now,
  metrics,
}: {
  log: EventLog;
  memory: Memory;
  now: () => number;
  metrics: Metrics;
}): Ingest {
  return async (body) => {
    const { events, indexes, errors } = parseAll(eventsIn(body), now());
    const appended =
      events.length === 0 ? { accepted: 0, duplicate: 0, conflicts: [], acceptedIndexes: [] } : await log.append(events);
    for (const position of appended.conflicts)
      errors.push({ index: indexes[position]!, problem: problemOf(conflict(events[position]!.eventId)) });
    let late = 0;
    for (const position of appended.acceptedIndexes) if (!remember(memory, events[position]!)) late += 1;
    metrics.events.inc({ outcome: 'accepted' }, appended.accepted);
    metrics.events.inc({ outcome: 'duplicate' }, appended.duplicate);
    metrics.events.inc({ outcome: 'rejected' }, errors.length);
    metrics.events.inc({ outcome: 'too_late_for_features' }, late);
    return {
      ...(late === 0 ? {} : { too_late: late }),
      accepted: appended.accepted,
      duplicate: appended.duplicate,
      rejected: errors.length,
      errors: errors.sort((a, b) => a.index - b.index),
    };
  };
}
