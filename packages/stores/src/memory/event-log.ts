import { compareCodePoints } from '@tillcast/core/events/code-point-order';
import type { AppendResult, EventLog, EventQuery } from '@tillcast/core/ports/event-log';
import { closedError } from '../event-log/closed.ts';
import { type EventRow, fromRow, toRow } from '../event-log/event-row.ts';
import { type Fate, tally } from '../event-log/tally.ts';

/** Keeps events in this process: for tests, and for trying things out. Nothing outlives the process. */
export function memoryEventLog(): EventLog {
  const tenants = new Map<string, Map<string, EventRow>>();
  let closed = false;

  const insert = (row: EventRow): Fate => {
    const rows = tenants.get(row.tenant) ?? new Map<string, EventRow>();
    tenants.set(row.tenant, rows);
    const stored = rows.get(row.eventId);
    if (stored !== undefined) return stored.body === row.body ? 'duplicate' : 'conflict';
    rows.set(row.eventId, row);
    return 'accepted';
  };

  return {
    durable: false,
    async append(events): Promise<AppendResult> {
      if (closed) throw closedError();
      return tally(events.map(toRow).map(insert));
    },
    async *read(query: EventQuery = {}) {
      if (closed) throw closedError();
      const rows = select([...(tenants.get(query.tenant ?? 'default')?.values() ?? [])], query);
      const batch = query.batch ?? 8_192;
      for (let start = 0; start < rows.length; start += batch) {
        if (closed) throw closedError();
        yield rows.slice(start, start + batch).map(fromRow);
      }
    },
    async count(tenant) {
      if (closed) throw closedError();
      if (tenant !== undefined) return tenants.get(tenant)?.size ?? 0;
      return tenants.values().reduce((sum, rows) => sum + rows.size, 0);
    },
    async erase(events) {
      if (closed) throw closedError();
      return events.filter(({ tenant, eventId }) => tenants.get(tenant)?.delete(eventId) === true).length;
    },
    async check() {
      if (closed) throw closedError();
    },
    async close() {
      closed = true;
    },
  };
}

function select(rows: EventRow[], { fromMs = -Infinity, untilMs = Infinity, order = 'event' }: EventQuery): EventRow[] {
  const wanted = rows.filter(({ eventTimeMs }) => eventTimeMs >= fromMs && eventTimeMs < untilMs);
  return wanted.sort(order === 'event' ? byEvent : byKnowledge);
}

const byEvent = (a: EventRow, b: EventRow): number =>
  a.eventTimeMs - b.eventTimeMs || a.sequence - b.sequence || compareCodePoints(a.eventId, b.eventId);
const byKnowledge = (a: EventRow, b: EventRow): number => a.knowableAtMs - b.knowableAtMs || byEvent(a, b);
