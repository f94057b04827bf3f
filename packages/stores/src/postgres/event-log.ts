import type { AppendResult, EventLog, EventQuery } from '@tillcast/core/ports/event-log';
import { closedError } from '../event-log/closed.ts';
import { type EventRow, fromRow, toRow } from '../event-log/event-row.ts';
import { type Fate, tally } from '../event-log/tally.ts';
import { dayOf, openDayPartitions } from './day-partitions.ts';
import { openEventErasure } from './event-erasure.ts';
import { digestOf, keyOf, openInsert, type Stored } from './event-insert.ts';
import { openPages } from './event-pages.ts';
import { PostgresFailure, sqlState } from './failure.ts';
import { keepUp } from './keep-up.ts';
import { openLostAnswers } from './lost-answers.ts';
import { openPostgres, type Postgres, type PostgresOptions } from './postgres.ts';
import { tablesOf } from './tables.ts';
import { openUpkeepTimer } from './upkeep-timer.ts';
import { openWriteGroups } from './write-groups.ts';

/** How the log uses its database, and is looked after while it is open. */
export interface PostgresEventLogOptions extends PostgresOptions {
  /** Days after which events leave; default: never. */
  readonly retentionDays?: number | undefined;
  readonly now?: () => number;
  /** Told when upkeep failed; it is tried again within the hour. */
  readonly onFailure?: (error: unknown) => void;
}

const upkeepTimes = { firstMs: 10_000, everyMs: 3_600_000 } as const;

/** Events a group holds at most: beyond, a call is bulk and gets patience instead of the budget. */
const maxGroup = 1_024;
const maxWaiting = 65_536;
/** SQLSTATE check_violation: the only checks of the table are the bounds of its partitions. */
const noSuchPartition = '23514';
/** Events of one statement in bulk: larger ones spill to the server's temporary files. */
const bulkStatement = 2_048;

/**
 * Keeps events in PostgreSQL: an ack means the commit was synced. The schema is `tillcast migrate`'s work; another one is refused at the first call.
 * An address is opened and closed with the log; a database that is open already is shared, and closed by whoever opened it.
 */
export function postgresEventLog(where: string | Postgres, options: PostgresEventLogOptions = {}): EventLog {
  const { retentionDays, now = Date.now, onFailure = () => {} } = options;
  const postgres = typeof where === 'string' ? openPostgres(where, options) : where;
  const days = openDayPartitions(postgres, 'event');
  const insert = openInsert(postgres.schema, openLostAnswers());
  const erase = openEventErasure(postgres);
  const group = openWriteGroups(write, { maxItems: maxGroup, writers: postgres.writers, maxWaiting, overflow });
  const upkeep = openUpkeepTimer(
    () =>
      postgres.ready().then(() => keepUp(postgres, { nowMs: now(), ...(retentionDays === undefined ? {} : { retentionDays }) })),
    { ...upkeepTimes, onFailure },
  );
  let closed = false;

  async function write(rows: readonly EventRow[]): Promise<readonly Fate[]> {
    await postgres.ready();
    const firsts = new Map<string, number>();
    const unique: EventRow[] = [];
    const placeOf = rows.map((row) => {
      const place = firsts.get(keyOf(row)) ?? unique.push(row) - 1;
      firsts.set(keyOf(row), place);
      return place;
    });
    const stored = await insertAgain(unique);
    return rows.map((row, i) => fateOf(row, unique[placeOf[i]!]!, stored[placeOf[i]!]!));
  }

  async function insertAll(rows: readonly EventRow[]): Promise<readonly Stored[]> {
    await days.ensure(rows.map(({ knowableAtMs }) => dayOf(knowableAtMs)));
    if (rows.length <= maxGroup) return insert(postgres.prompt, rows);
    return (await Promise.all(slices(rows, bulkStatement).map((slice) => insert(postgres.patient, slice)))).flat();
  }

  /** A day that was seen may be gone: dropped as too old, by this process or another. The server refuses, nothing is stored, and the day is made anew. */
  async function insertAgain(rows: readonly EventRow[]): Promise<readonly Stored[]> {
    try {
      return await insertAll(rows);
    } catch (error) {
      if (!(error instanceof PostgresFailure) || sqlState(error.cause) !== noSuchPartition) throw error;
      days.forget();
      return insertAll(rows);
    }
  }

  return {
    durable: true,
    async append(events): Promise<AppendResult> {
      if (closed) throw closedError();
      return tally(await group.add(events.map(toRow)));
    },
    async *read(query: EventQuery = {}) {
      if (closed) throw closedError();
      await postgres.ready();
      const page = openPages(postgres, query);
      for (let rows = await page(undefined); rows.length > 0; rows = await page(rows.at(-1))) {
        yield rows.map(fromRow);
        if (closed) throw closedError();
      }
    },
    async count(tenant) {
      if (closed) throw closedError();
      await postgres.ready();
      return countEvents(postgres, tenant);
    },
    async erase(events) {
      if (closed) throw closedError();
      await postgres.ready();
      let erased = 0;
      for (const slice of slices(events.map(toRow), bulkStatement)) erased += await erase(slice);
      return erased;
    },
    async check() {
      if (closed) throw closedError();
      await postgres.ready();
      await postgres.prompt.run({ sql: 'select 1' });
    },
    async close() {
      if (closed) return;
      closed = true;
      await Promise.all([group.drained(), upkeep.stop()]);
      if (where !== postgres) await postgres.close();
    },
  };
}

async function countEvents({ schema, patient }: Postgres, tenant: string | undefined): Promise<number> {
  const all = tablesOf(schema)
    .selectFrom('event')
    .select(({ fn }) => fn.countAll<number>().as('events'));
  const { rows } = await patient.run<{ events: number }>(
    (tenant === undefined ? all : all.where('tenant', '=', tenant)).compile(),
  );
  return rows[0]!.events;
}

function fateOf(row: EventRow, first: EventRow, stored: Stored): Fate {
  if (stored === 'new') return row === first ? 'accepted' : row.body === first.body ? 'duplicate' : 'conflict';
  return digestOf(row.body).equals(stored) ? 'duplicate' : 'conflict';
}

const overflow = (): PostgresFailure =>
  new PostgresFailure('unsent', `more than ${maxWaiting} events wait for PostgreSQL; send these again in a moment`);

function slices<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));
}
