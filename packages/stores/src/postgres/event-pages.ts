import type { EventQuery } from '@tillcast/core/ports/event-log';
import { sql } from 'kysely';
import type { EventRow } from '../event-log/event-row.ts';
import type { Postgres } from './postgres.ts';
import { tablesOf } from './tables.ts';

/** Pages through one order by key, so that no cursor and no snapshot stays open between pages. */
export function openPages(
  { patient, schema }: Postgres,
  { tenant = 'default', fromMs, untilMs, order = 'event', batch = 8_192 }: EventQuery,
): (after: EventRow | undefined) => Promise<readonly EventRow[]> {
  const keys = order === 'event' ? eventKeys : ([['knowable_at_ms', 'knowableAtMs'], ...eventKeys] as const);
  const tables = tablesOf(schema);

  return async (after) => {
    const place = sql.join(keys.map(([column]) => sql.ref(column)));
    // An event is knowable when it happened or later: the bound on the day spares every partition before it.
    const knowableFrom = Math.max(
      fromMs ?? Number.NEGATIVE_INFINITY,
      (order === 'event' ? after?.eventTimeMs : after?.knowableAtMs) ?? Number.NEGATIVE_INFINITY,
    );
    let page = tables.selectFrom('event').select(columns).where('tenant', '=', tenant).orderBy(place).limit(batch);
    if (Number.isFinite(knowableFrom)) page = page.where('knowable_at_ms', '>=', Math.ceil(knowableFrom));
    if (fromMs !== undefined) page = page.where(sql<boolean>`event_time_ms >= ${fromMs}`);
    if (untilMs !== undefined) page = page.where(sql<boolean>`event_time_ms < ${untilMs}`);
    if (after !== undefined) page = page.where(sql<boolean>`(${place}) > (${sql.join(keys.map(([, name]) => after[name]))})`);
    return patient.use(async (session) => {
      await session.query(inIndexOrder);
      const { rows } = await session.query<EventRow>(page.compile());
      await session.query({ sql: 'commit' });
      return rows;
    });
  };
}

// Days that were just imported have no statistics yet, and the planner then sorts all that is left to read, page after page: 8 times slower at 100,000 events.
const inIndexOrder = {
  sql: 'begin read only; set local enable_sort = off; set local enable_seqscan = off; set local enable_bitmapscan = off',
};

const eventKeys = [
  ['event_time_ms', 'eventTimeMs'],
  ['sequence', 'sequence'],
  ['event_id', 'eventId'],
] as const;

const columns = [
  'tenant',
  'event_id as eventId',
  'event_time_ms as eventTimeMs',
  'knowable_at_ms as knowableAtMs',
  'received_at_ms as receivedAtMs',
  'sequence',
  'backfilled',
  'mark',
  'body',
] as const;
