import { dirname } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import Database from 'better-sqlite3';
import { syncDirectory } from '../folder/durable.ts';

/** Older versions may corrupt a WAL database when a writer and a checkpoint meet (sqlite.org/wal.html, "the WAL-reset bug"). */
const oldestSqlite = [3, 51, 3] as const;

/**
 * What a commit survives: `FULL` a power cut, `NORMAL` the death of the process alone. Either way the file stays sound, and a power cut takes
 * whole commits, the latest ones (sqlite.org/pragma.html#pragma_synchronous).
 */
export type Synchronous = 'FULL' | 'NORMAL';

/** Pages kept of one file. The system keeps its own; a server has half a dozen of them, and all are in its memory (docs/adr/0021-bounded-memory.md). */
const cacheKib = 24_576;

/** Opens a database file for durable writing: WAL, every commit synced unless told otherwise, its schema brought up to date or refused. */
export function openDatabase(file: string, migrations: readonly string[], synchronous: Synchronous = 'FULL'): Database.Database {
  let database: Database.Database | undefined;
  try {
    database = new Database(file, { timeout: 5_000 });
    assertVersion(database);
    assertDurable(database, synchronous);
    database.pragma(`cache_size = -${cacheKib}`);
    migrate(database, file, migrations);
    // SQLite syncs the names of its files, and goes on where that fails: without its name the write-ahead log is lost, whatever was synced into it.
    syncDirectory(dirname(file));
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof TillcastError) throw error;
    throw new TillcastError('STORE_UNAVAILABLE', `the event store ${file} cannot be opened: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function assertVersion(database: Database.Database): void {
  const version = database.prepare('select sqlite_version()').pluck().get() as string;
  const parts = version.split('.').map(Number);
  const difference = oldestSqlite.map((least, i) => (parts[i] ?? 0) - least).find((d) => d !== 0) ?? 0;
  if (difference < 0)
    throw new TillcastError('STORE_UNAVAILABLE', `SQLite ${version} is too old; ${oldestSqlite.join('.')} or newer is needed`);
}

// A pragma that is not understood fails in silence, so both are read back.
function assertDurable(database: Database.Database, wanted: Synchronous): void {
  // All rows, for the change is committed after the first one: whoever takes just that does not hear that the commit failed.
  const [{ journal_mode: mode } = { journal_mode: 'unknown' }] = database.pragma('journal_mode = WAL') as {
    journal_mode: string;
  }[];
  if (mode !== 'wal')
    throw new TillcastError(
      'STORE_UNAVAILABLE',
      `the event store cannot use a write-ahead log here (journal_mode is ${mode}); use a local disk`,
    );
  database.pragma(`synchronous = ${wanted}`);
  const synchronous = database.pragma('synchronous', { simple: true });
  if (synchronous !== (wanted === 'FULL' ? 2 : 1))
    throw new TillcastError('STORE_UNAVAILABLE', `SQLite did not take synchronous=${wanted} (reads back ${synchronous})`);
}

/** `user_version` counts the migrations a file has had; each runs whole or not at all. */
function migrate(database: Database.Database, file: string, migrations: readonly string[]): void {
  const upgrade = database.transaction(() => {
    const version = database.pragma('user_version', { simple: true }) as number;
    if (version > migrations.length) {
      throw new TillcastError(
        'STORE_UNAVAILABLE',
        `${file} was written by a newer Tillcast (schema ${version}, this one knows ${migrations.length}); upgrade Tillcast`,
      );
    }
    for (const sql of migrations.slice(version)) database.exec(sql);
    database.pragma(`user_version = ${migrations.length}`);
  });
  upgrade.immediate();
}
