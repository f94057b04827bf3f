import type { EventLog } from '@tillcast/core/ports/event-log';
import { dayOf, openDayPartitions } from '@tillcast/stores/postgres/day-partitions';
import { postgresEventLog } from '@tillcast/stores/postgres/event-log';
import { keepUp } from '@tillcast/stores/postgres/keep-up';
import { migrate } from '@tillcast/stores/postgres/migrate';
import { openPostgres, type Postgres } from '@tillcast/stores/postgres/postgres';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { anEvent, originMs } from '../../../core/test/arbitraries/event.ts';
import { readAll } from '../../../core/test/contract/event-log.ts';
import { freshDatabase, postgresMissing } from './shared-postgres.ts';

const dayMs = 86_400_000;
const today = dayOf(originMs);
/** An event that happened and became known so many days after the origin. */
const onDay = (day: number, eventId = `d${day}`) => anEvent({ eventId, eventTimeMs: originMs + day * dayMs });

describe.skipIf(postgresMissing !== undefined)('partitions by day', () => {
  let url: string;
  let postgres: Postgres;
  let log: EventLog;
  let schemas = 0;
  const rowsOf = async <Row extends object>(sql: string): Promise<readonly Row[]> =>
    (await postgres.patient.run<Row>({ sql })).rows;
  const days = () => openDayPartitions(postgres, 'event').list();

  beforeAll(async () => {
    url = await freshDatabase('partitions');
  });
  beforeEach(async () => {
    const schema = `days_${schemas++}`;
    await migrate(url, { schema });
    postgres = openPostgres(url, { schema, budgetMs: 20_000 });
    log = postgresEventLog(postgres);
  });
  afterEach(async () => {
    await log.close();
    await postgres.close();
  });

  it('puts each event into the day on which it became knowable, and has no default to hide one in', async () => {
    const lateMs = originMs - 3 * dayMs;
    await log.append([onDay(0), onDay(2), anEvent({ eventId: 'late', eventTimeMs: lateMs, receivedAtMs: originMs })]);
    expect(await days()).toEqual([today, today + 2]);
    const bounds = await rowsOf<{ bound: string }>(
      `select pg_get_expr(c.relpartbound, c.oid) as bound from pg_inherits i join pg_class c on c.oid = i.inhrelid
       where i.inhparent = '${postgres.schema}.event'::regclass`,
    );
    expect(bounds.every(({ bound }) => bound.startsWith('FOR VALUES FROM'))).toBe(true);
    expect(await rowsOf(`select event_id from ${postgres.schema}.event_20191001 order by 1`)).toEqual([
      { event_id: 'd0' },
      { event_id: 'late' },
    ]);
  });

  it('reads across days in both orders, page by page', async () => {
    const events = Array.from({ length: 40 }, (_, i) =>
      anEvent({
        eventId: `e${i}`,
        eventTimeMs: originMs + ((i * 7) % 40) * (dayMs / 4),
        receivedAtMs: originMs + 12 * dayMs - i * 60_000,
      }),
    );
    await log.append(events);
    const read = await readAll(log, { batch: 3 });
    expect(read.map(({ eventTimeMs }) => eventTimeMs)).toEqual(
      events.map(({ eventTimeMs }) => eventTimeMs).sort((a, b) => a - b),
    );
    const known = await readAll(log, { batch: 3, order: 'knowable', fromMs: originMs + dayMs });
    expect(known).toHaveLength(36);
  });

  it('makes the next days ahead, as often as it is asked to', async () => {
    const ahead = { nowMs: originMs, daysAhead: 3 };
    await Promise.all([keepUp(postgres, ahead), keepUp(postgres, ahead), keepUp(postgres, ahead)]);
    expect(await days()).toEqual([today, today + 1, today + 2, today + 3]);
  });

  /** Holds what making a day locks, and tells how an append fares meanwhile. */
  async function appendWhile(statements: readonly string[]): Promise<string> {
    const hasty = openPostgres(url, { schema: postgres.schema, budgetMs: 500 });
    const writer = postgresEventLog(hasty);
    await writer.append([onDay(0)]);
    const fate = await postgres.upkeep.use(async (session) => {
      await session.query({ sql: 'begin' });
      for (const sql of statements) await session.query({ sql });
      const meanwhile = await writer.append([onDay(0, 'meanwhile')]).then(
        () => 'acked',
        ({ code }: { code: string }) => code,
      );
      await session.query({ sql: 'rollback' });
      return meanwhile;
    });
    await writer.close();
    await hasty.close();
    return fate;
  }

  it('lets writers go on while a day is made, as PostgreSQL’s own short form would not', async () => {
    const { schema } = postgres;
    const bounds = `for values from (${(today + 5) * dayMs}) to (${(today + 6) * dayMs})`;
    const ours = [
      `create table ${schema}.day (like ${schema}.event)`,
      `alter table ${schema}.event attach partition ${schema}.day ${bounds}`,
    ];
    expect(await appendWhile(ours)).toBe('acked');
    expect(await appendWhile([`create table ${schema}.day partition of ${schema}.event ${bounds}`])).toBe('STORE_UNAVAILABLE');
  });

  it('drops whole days that are too old, and remembers their ids for a week at least', async () => {
    await log.append([onDay(0), onDay(1), onDay(9), onDay(10)]);
    const nowMs = originMs + 10 * dayMs;
    expect(await keepUp(postgres, { nowMs, daysAhead: 0, retentionDays: 2 })).toEqual({
      droppedDays: [today, today + 1],
      forgottenIds: 2,
    });
    expect((await readAll(log)).map(({ eventId }) => eventId)).toEqual(['d9', 'd10']);
    expect(await keepUp(postgres, { nowMs: nowMs + 3 * dayMs, daysAhead: 0, retentionDays: 2 })).toEqual({
      droppedDays: [today + 9, today + 10],
      forgottenIds: 0,
    });
    // Dropped, but sent again within the week: still a duplicate.
    expect(await log.append([onDay(10)])).toMatchObject({ accepted: 0, duplicate: 1 });
    // Dropped and forgotten: an id of long ago may come again.
    expect(await log.append([onDay(11, 'd0')])).toMatchObject({ accepted: 1 });
  });

  it('takes an event for a day that was dropped behind its back: made anew', async () => {
    await log.append([onDay(0)]);
    const other = openPostgres(url, { schema: postgres.schema, budgetMs: 20_000 });
    await openDayPartitions(other, 'event').dropBefore(today + 1);
    await other.close();
    expect(await log.append([onDay(0, 'again')])).toMatchObject({ accepted: 1, duplicate: 0 });
    expect(await log.append([onDay(0, 'again')])).toMatchObject({ accepted: 0, duplicate: 1 });
    expect((await readAll(log)).map(({ eventId }) => eventId)).toEqual(['again']);
  });
});
