import type { ExperimentRevision, ExperimentStore } from '@tillcast/core/ports/experiment-store';
import { closedError, serialConflict } from '../experiment-store/closed.ts';
import { latestOf } from '../experiment-store/latest.ts';
import { guarded } from './guarded.ts';
import { openDatabase } from './open-database.ts';

/** The schema of the experiments, one step a version; a step that was released never changes. */
export const experimentMigrations: readonly string[] = [
  `create table revision (tenant text not null, serial integer not null, id text not null, body text not null, primary key (tenant, serial)) strict, without rowid;
   create index revision_by_id on revision (tenant, id, serial);`,
];

/** Keeps experiments in an SQLite file of their own; every change is synced before it is answered. */
export function sqliteExperimentStore(file: string): ExperimentStore {
  const database = openDatabase(file, experimentMigrations);
  const insert = database.prepare('insert into revision values (?, ?, ?, ?)');
  const lastSerial = database.prepare('select coalesce(max(serial), 0) from revision where tenant = ?').pluck();
  const all = database.prepare('select body from revision where tenant = ? order by serial').pluck();
  const ofOne = database.prepare('select body from revision where tenant = ? and id = ? order by serial').pluck();
  const { run, close } = guarded(database, `the experiments ${file} cannot be used`, closedError);

  const append = database.transaction((revision: ExperimentRevision): void => {
    const { tenant, serial, id } = revision;
    if (serial !== (lastSerial.get(tenant) as number) + 1) throw serialConflict(serial);
    insert.run(tenant, serial, id, JSON.stringify(revision));
  });
  const parsed = (bodies: unknown[]): ExperimentRevision[] =>
    (bodies as string[]).map((body) => JSON.parse(body) as ExperimentRevision);

  return {
    durable: true,
    append: async (revision) => run(() => append.immediate(revision)),
    list: async (tenant) => latestOf(parsed(run(() => all.all(tenant)))),
    history: async (tenant, id) => parsed(run(() => ofOne.all(tenant, id))),
    close,
  };
}
