import type { EventQuery } from '@tillcast/core/ports/event-log';
import type { Database } from 'better-sqlite3';
import type { EventRow } from '../event-log/event-row.ts';
import type { Fate } from '../event-log/tally.ts';

/** Inserts a row, or says why not; to be called inside a transaction. */
export function prepareInsert(database: Database): (row: EventRow) => Fate {
  const insert = database.prepare(
    `insert into event (tenant, event_id, event_time_ms, knowable_at_ms, received_at_ms, sequence, backfilled, mark, body)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
  );
  const storedBody = database.prepare('select body from event where event_id = ? and tenant = ?').pluck();
  return (row) => {
    const { tenant, eventId, eventTimeMs, knowableAtMs, receivedAtMs, sequence, backfilled, mark, body } = row;
    const { changes } = insert.run(tenant, eventId, eventTimeMs, knowableAtMs, receivedAtMs, sequence, backfilled, mark, body);
    if (changes === 1) return 'accepted';
    return storedBody.get(eventId, tenant) === body ? 'duplicate' : 'conflict';
  };
}

const columns = `tenant, event_id as eventId, event_time_ms as eventTimeMs, knowable_at_ms as knowableAtMs,
  received_at_ms as receivedAtMs, sequence, backfilled, mark, body`;

/** Pages through one order by key, so that no cursor stays open between pages and writers never wait. */
export function preparePages(
  database: Database,
  { tenant = 'default', fromMs, untilMs, order = 'event', batch = 8_192 }: EventQuery,
) {
  const key = order === 'event' ? 'event_time_ms, sequence, event_id' : 'knowable_at_ms, event_time_ms, sequence, event_id';
  const bounds = [fromMs !== undefined && 'event_time_ms >= @fromMs', untilMs !== undefined && 'event_time_ms < @untilMs'];
  const page = (after: string | false) =>
    database.prepare(
      `select ${columns} from event where ${['tenant = @tenant', ...bounds, after].filter(Boolean).join(' and ')} order by ${key} limit @batch`,
    );
  const first = page(false);
  const next = page(`(${key}) > (${key.replace(/\w+/g, (name) => `@${name}`)})`);
  const given = { tenant, batch, ...(fromMs !== undefined && { fromMs }), ...(untilMs !== undefined && { untilMs }) };
  return (after: EventRow | undefined): EventRow[] => {
    if (after === undefined) return first.all(given) as EventRow[];
    const place = { event_time_ms: after.eventTimeMs, sequence: after.sequence, event_id: after.eventId };
    return next.all({ ...given, ...place, ...(order === 'knowable' && { knowable_at_ms: after.knowableAtMs }) }) as EventRow[];
  };
}
