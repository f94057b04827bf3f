import type { AppendResult, EventLog, EventQuery } from '@tillcast/core/ports/event-log';
import { closedError } from '../event-log/closed.ts';
import { type EventRow, fromRow, toRow } from '../event-log/event-row.ts';
import { tally } from '../event-log/tally.ts';
import { prepareErasure } from './event-erasure.ts';
import { eventMigrations } from './event-schema.ts';
import { prepareInsert, preparePages } from './event-statements.ts';
import { groupCommit } from './group-commit.ts';
import { openDatabase } from './open-database.ts';

/** How appends share commits. */
export interface SqliteEventLogOptions {
  /** How long the first append of a group waits for company; default 2 ms. */
  readonly windowMs?: number;
  /** Events that make a group full; default 1,024. */
  readonly maxGroup?: number;
}

/** Keeps events in one SQLite file: an ack means the commit was synced to disk. */
export function sqliteEventLog(file: string, { windowMs = 2, maxGroup = 1_024 }: SqliteEventLogOptions = {}): EventLog {
  const database = openDatabase(file, eventMigrations);
  const insert = prepareInsert(database);
  const total = database.prepare('select count(*) from event').pluck();
  const ofTenant = database.prepare('select count(*) from event where tenant = ?').pluck();
  const commit = database.transaction((groups: readonly (readonly EventRow[])[]): AppendResult[] =>
    groups.map((rows) => tally(rows.map(insert))),
  );
  const group = groupCommit(commit.immediate, { windowMs, maxItems: maxGroup });
  const erase = prepareErasure(database);
  let closed = false;

  return {
    durable: true,
    async append(events) {
      if (closed) throw closedError();
      return group.add(events.map(toRow));
    },
    async *read(query: EventQuery = {}) {
      if (closed) throw closedError();
      const page = preparePages(database, query);
      for (let rows = page(undefined); rows.length > 0; rows = page(rows.at(-1))) {
        yield rows.map(fromRow);
        if (closed) throw closedError();
      }
    },
    async count(tenant) {
      if (closed) throw closedError();
      return (tenant === undefined ? total.get() : ofTenant.get(tenant)) as number;
    },
    async erase(events) {
      if (closed) throw closedError();
      group.flush();
      return erase(events);
    },
    async check() {
      if (closed) throw closedError();
      const failure = group.failure();
      if (failure !== undefined) throw failure;
    },
    async close() {
      if (closed) return;
      group.flush();
      closed = true;
      database.close();
    },
  };
}
