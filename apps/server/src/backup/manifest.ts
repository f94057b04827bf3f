import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { manifestFile } from './backup-path.ts';

/** The version of the form of backups. */
export const backupFormat = 1;

/** One file of a backup. */
export interface BackedUpFile {
  /** Under `data/` as it lay in the data directory, or under `settings/`. */
  readonly path: string;
  readonly bytes: number;
  /** Of a database: its schema version. */
  readonly schema?: number;
  /** The instant it was taken at, RFC 3339: it holds all that was on disk by then. */
  readonly taken_at: string;
}

/** What is said of a PostgreSQL that holds the rest. */
export interface BackedUpDatabase {
  /** Numbers of the schema's steps. */
  readonly steps: readonly number[];
  /** The place in the write-ahead log at the mark, for recovery to a point in time; null where the server is a standby. */
  readonly wal_position: string | null;
}

/** What a backup is. */
export interface BackupManifest {
  readonly format: number;
  /** The release that made it. */
  readonly tillcast: string;
  /** The layout of the data directory. */
  readonly layout: number;
  /** Everything acknowledged before this instant is in it, RFC 3339. */
  readonly mark: string;
  readonly finished_at: string;
  /** Whether the private keys are in it. */
  readonly secrets: boolean;
  /** Given where events and the like are in PostgreSQL, and so not in here. */
  readonly database: BackedUpDatabase | null;
  readonly files: readonly BackedUpFile[];
  /** What lies in the data directory and is not in here, with the reason. */
  readonly left_out: readonly { readonly path: string; readonly why: string }[];
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** Reads a manifest whose hash was right; INPUT_INVALID where it is none, STORE_UNAVAILABLE where a newer Tillcast wrote it. */
export function parseManifest(text: string, where: string): BackupManifest {
  const refuse = (what: string): never => {
    throw new TillcastError('INPUT_INVALID', `${where}: ${manifestFile} ${what}`);
  };
  let said: Partial<BackupManifest>;
  try {
    said = JSON.parse(text) as Partial<BackupManifest>;
  } catch {
    return refuse('is not JSON');
  }
  if (Number.isSafeInteger(said?.format) && said.format! > backupFormat)
    throw new TillcastError(
      'STORE_UNAVAILABLE',
      `${where} was made by a newer Tillcast (${String(said.tillcast)}; form ${said.format}, this one knows ${backupFormat}); upgrade Tillcast`,
    );
  if (said?.format !== backupFormat) refuse(`says the form ${JSON.stringify(said?.format)}, which no backup has`);
  const { tillcast, layout, mark, finished_at, secrets, database, files, left_out } = said;
  if (!Number.isSafeInteger(layout) || layout! < 0) refuse('has no layout');
  if (!isText(tillcast) || !isText(mark) || !isText(finished_at) || typeof secrets !== 'boolean' || !Array.isArray(left_out))
    refuse('lacks tillcast, mark, finished_at, secrets or left_out');
  if (database !== null && !Array.isArray(database?.steps)) refuse('says of its database what no backup says');
  if (!Array.isArray(files) || !files.every(isFile)) refuse('has no list of files');
  return said as BackupManifest;
}

const isFile = (file: unknown): boolean => {
  const { path, bytes, schema, taken_at } = file as Partial<BackedUpFile>;
  return (
    isText(path) && Number.isSafeInteger(bytes) && (schema === undefined || Number.isSafeInteger(schema)) && isText(taken_at)
  );
};
