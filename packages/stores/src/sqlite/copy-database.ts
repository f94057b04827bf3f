import { closeSync, fsyncSync, openSync } from 'node:fs';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import Database from 'better-sqlite3';

/**
 * Copies a database into a new file as it is at one instant, while others go on writing to it, and checks the copy. What sits in the write-ahead
 * log is in the copy; free pages, and what was deleted in them, are not (sqlite.org/lang_vacuum.html#vacuuminto). Answers the copy's schema version.
 * Raises STORE_UNAVAILABLE where the file cannot be read, or the copy cannot be written.
 */
export function copyDatabase(from: string, to: string): number {
  let source: Database.Database | undefined;
  try {
    source = new Database(from, { readonly: true, fileMustExist: true, timeout: 5_000 });
    source.prepare('vacuum into ?').run(to);
  } catch (error) {
    throw unavailable(`${from} cannot be copied`, error);
  } finally {
    source?.close();
  }
  // SQLite does not sync what it vacuums into.
  const copy = openSync(to, 'r');
  fsyncSync(copy);
  closeSync(copy);
  return checkDatabase(to);
}

/** The schema version of a database file whose pages hold together; raises STORE_UNAVAILABLE where they do not. Changes nothing. */
export function checkDatabase(file: string): number {
  let database: Database.Database | undefined;
  try {
    database = new Database(file, { readonly: true, fileMustExist: true });
    const [found] = database.pragma('quick_check(1)') as { quick_check: string }[];
    if (found?.quick_check !== 'ok') throw new RangeError(String(found?.quick_check));
    return database.pragma('user_version', { simple: true }) as number;
  } catch (error) {
    throw unavailable(`${file} is damaged, or no SQLite database`, error);
  } finally {
    database?.close();
  }
}

const unavailable = (what: string, cause: unknown): TillcastError =>
  new TillcastError('STORE_UNAVAILABLE', `${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
