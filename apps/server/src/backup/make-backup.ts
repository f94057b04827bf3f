import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { readLayout } from '../cli/data-layout.ts';
import { assertBackupPath, manifestFile, sumsFile } from './backup-path.ts';
import { type BackedUpDatabase, type BackedUpFile, type BackupManifest, backupFormat } from './manifest.ts';
import { leftOut, type Part, planBackup, secretFiles } from './plan.ts';
import { type BackupSink, openFolderSink, openTarSink } from './sinks.ts';

/** What is backed up, and where to. */
export interface BackupOptions {
  /** A data directory. */
  readonly root: string;
  /** A folder that is not there yet, or a file that ends in `.tar`. */
  readonly out: string;
  /** The release that makes it. */
  readonly release: string;
  /** Whether private keys go along; default: they do. */
  readonly secrets?: boolean;
  /** The file of settings, where there is one. */
  readonly settings?: string | undefined;
  /** Copies a database as it is at one instant, while others write to it; answers its schema version. */
  readonly copyDatabase: (from: string, to: string) => number;
  /** Given where PostgreSQL holds events and the like. */
  readonly database?: DatabasePart | undefined;
  readonly now: () => number;
  readonly onPart?: (path: string) => void;
}

/** What PostgreSQL holds instead of the data directory, and what is taken of it. */
export interface DatabasePart {
  readonly state: BackedUpDatabase;
  /** Names of the databases that are not in use in the data directory. */
  readonly holds: readonly string[];
  /** Writes the list of erased shoppers into a database of the embedded kind; answers its schema version. */
  readonly copySuppressions: (to: string) => Promise<number>;
}

/** Makes a backup of a data directory that is in use. Raises OPTION_INVALID where it cannot be put, STORE_UNAVAILABLE where something cannot be read. */
export async function makeBackup(options: BackupOptions): Promise<BackupManifest> {
  const { root, now, secrets = true, database } = options;
  const out = placeFor(options.out, root);
  const markMs = now();
  const layout = readLayout(root);
  const sink = openSink(out, markMs);
  const files: BackedUpFile[] = [];
  const sums: string[] = [];
  /** Lets a file be made in its place, and takes it. False: it is there no more. */
  async function add(path: string, make: (place: string) => number | undefined | Promise<number>): Promise<void> {
    assertBackupPath(path, root);
    const taken_at = new Date(now()).toISOString();
    const schema = await make(sink.place(path));
    const { bytes, sha256 } = sink.take(path);
    sums.push(`${sha256}  ${path}\n`);
    files.push({ path, bytes, ...(schema === undefined ? {} : { schema }), taken_at });
    options.onPart?.(path);
  }
  try {
    const elsewhere = new Set(database?.holds ?? []);
    for (const part of planBackup(root, { secrets, elsewhere })) await addPart(part);
    if (database !== undefined) await add('data/suppressions.db', database.copySuppressions);
    if (options.settings !== undefined) await add('settings/tillcast.yaml', copyOf(options.settings));
    const manifest: BackupManifest = {
      ...{ format: backupFormat, tillcast: options.release, layout },
      ...{ mark: new Date(markMs).toISOString(), finished_at: new Date(now()).toISOString() },
      ...{ secrets, database: database?.state ?? null, files: [...files], left_out: leftOutOf(root, secrets, elsewhere) },
    };
    await add(manifestFile, written(`${JSON.stringify(manifest, null, 2)}\n`));
    writeFileSync(sink.place(sumsFile), sums.join(''), { mode: 0o600 });
    sink.take(sumsFile);
    sink.finish();
    return manifest;
  } catch (error) {
    sink.abandon();
    throw told(error, out);
  }

  async function addPart({ path, kind }: Part): Promise<void> {
    const from = join(root, path);
    if (kind === 'database') await add(`data/${path}`, (place) => options.copyDatabase(from, place));
    else if (existsSync(from)) await add(`data/${path}`, copyOf(from));
  }
}

const copyOf = (from: string) => (place: string) => void copyFileSync(from, place);
const written = (text: string) => (place: string) => void writeFileSync(place, text, { mode: 0o600 });

function placeFor(given: string, root: string): string {
  const out = resolve(given);
  const refuse = (why: string): never => {
    throw new TillcastError('OPTION_INVALID', `${out} cannot be the backup: ${why}`);
  };
  if (existsSync(out)) refuse('it is there already; give a new name');
  if (!existsSync(dirname(out))) refuse(`the folder ${dirname(out)} does not exist; make it first`);
  if (!existsSync(root)) refuse(`there is no data directory ${root}`);
  if (`${out}${sep}`.startsWith(`${root}${sep}`)) refuse('it lies in the data directory; put it on another disk');
  return out;
}

function openSink(out: string, markMs: number): BackupSink {
  try {
    return out.endsWith('.tar') ? openTarSink(out, markMs) : openFolderSink(out);
  } catch (error) {
    throw told(error, out);
  }
}

/** What a file system says is about the place of the backup, whose files alone are written. */
function told(error: unknown, out: string): unknown {
  if (error instanceof TillcastError) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new TillcastError('STORE_UNAVAILABLE', `the backup ${out} could not be made: ${why}; nothing of it is left`, {
    cause: error,
  });
}

function leftOutOf(root: string, secrets: boolean, elsewhere: ReadonlySet<string>): BackupManifest['left_out'] {
  const there = (path: string): boolean => existsSync(join(root, path));
  return [
    ...Object.entries(leftOut).map(([path, why]) => ({ path, why })),
    ...(secrets ? [] : [...secretFiles].map((path) => ({ path, why: 'secrets were not wanted' }))),
    ...[...elsewhere].map((path) => ({ path, why: 'not in use: PostgreSQL holds it' })),
  ].filter(({ path }) => there(path));
}
