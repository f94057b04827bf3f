import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import Database from 'better-sqlite3';

/** Older versions may corrupt a WAL database when a writer and a checkpoint meet (sqlite.org/wal.html, "the WAL-reset bug"). */
const oldestSqlite = [3, 51, 3] as const;

/** Opens a database file for durable writing: WAL, every commit synced, its schema brought up to date or refused. */
export function openDatabase(file: string, migrations: readonly string[]): Database.Database {
  let database: Database.Database | undefined;
  try {
    database = new Database(file, { timeout: 5_000 });
    assertVersion(database);
    assertDurable(database);
    database.pragma('cache_size = -65536');
    migrate(database, file, migrations);
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
function assertDurable(database: Database.Database): void {
  const mode = database.pragma('journal_mode = WAL', { simple: true });
  if (mode !== 'wal')
    throw new TillcastError(
      'STORE_UNAVAILABLE',
      `the event store cannot use a write-ahead log here (journal_mode is ${mode}); use a local disk`,
    );
  database.pragma('synchronous = FULL');
  const synchronous = database.pragma('synchronous', { simple: true });
  if (synchronous !== 2)
    throw new TillcastError('STORE_UNAVAILABLE', `SQLite did not take synchronous=FULL (reads back ${synchronous})`);
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
