import { createHash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { layoutSteps, newerLayout, restoringFolder } from '../cli/data-layout.ts';
import { syncDirectory } from '../durable.ts';
import type { BackedUpFile, BackupManifest } from './manifest.ts';
import { type BackupReader, openBackup } from './open-backup.ts';
import { type VerifiedBackup, verifyBackup } from './verify-backup.ts';

/** What is restored, and where to. */
export interface RestoreOptions {
  /** A backup: a folder or a tar file. */
  readonly from: string;
  /** A data directory that is not there yet, or empty. */
  readonly root: string;
  /** The newest schema version this release knows of an embedded database, by its file's name; undefined: it knows none of that name. */
  readonly knownSchema: (file: string) => number | undefined;
  /** Looks after what was written before it is put in its place, such as that erased people stay erased; `staged` is laid out as a data directory. */
  readonly finish?: (staged: string, manifest: BackupManifest) => Promise<void>;
  /** Only verifies, and writes nothing. */
  readonly dryRun?: boolean;
  readonly onFile?: (doing: 'checked' | 'written', path: string) => void;
}

/**
 * Puts a backup into an empty data directory: verified to the last byte before anything is written, and in its place only when all of it is on disk. Raises
 * INPUT_INVALID for a damaged backup, OPTION_INVALID for a directory in use, STORE_UNAVAILABLE for what a newer Tillcast made.
 */
export async function restoreBackup(options: RestoreOptions): Promise<BackupManifest> {
  const root = resolve(options.root);
  const reader = openBackup(options.from);
  const backup = verifyBackup(reader, options.from, (path) => options.onFile?.('checked', path));
  assertKnown(backup.manifest, options);
  assertEmpty(root);
  if (options.dryRun === true) return backup.manifest;
  const isMade = !existsSync(root);
  const staged = join(root, restoringFolder);
  mkdirSync(staged, { recursive: true, mode: 0o700 });
  try {
    for (const { path } of backup.manifest.files) {
      writeFile(reader, backup, path, join(staged, placeOf(path)));
      options.onFile?.('written', path);
    }
    await options.finish?.(staged, backup.manifest);
    syncFolders(staged);
  } catch (error) {
    rmSync(isMade ? root : staged, { recursive: true, force: true });
    if (error instanceof TillcastError) throw error;
    throw new TillcastError(
      'STORE_UNAVAILABLE',
      `${root} could not be written: ${(error as Error).message}; nothing was restored`,
      {
        cause: error,
      },
    );
  }
  putInPlace(staged, root);
  return backup.manifest;
}

/** Where a file of a backup goes; settings lie beside the data, for whoever starts the server to look at. */
const placeOf = (path: string): string => path.replace(/^(data|settings)\//, '');

function assertKnown({ layout, files }: BackupManifest, { from, knownSchema }: RestoreOptions): void {
  if (layout > layoutSteps.length) throw newerLayout(from, layout, layoutSteps.length);
  for (const file of files) assertSchema(file, from, knownSchema);
}

function assertSchema({ path, schema }: BackedUpFile, from: string, knownSchema: RestoreOptions['knownSchema']): void {
  const known = knownSchema(placeOf(path));
  if (schema === undefined || known === undefined || schema <= known) return;
  throw new TillcastError(
    'STORE_UNAVAILABLE',
    `${path} of ${from} was written by a newer Tillcast (schema ${schema}, this one knows ${known}); upgrade Tillcast`,
  );
}

function assertEmpty(root: string): void {
  if (!existsSync(root)) return;
  const [first] = readdirSync(root);
  if (first === undefined) return;
  const remedy =
    first === restoringFolder ? 'an earlier restore did not finish; empty it' : 'nothing is overwritten; name an empty directory';
  throw new TillcastError('OPTION_INVALID', `${root} is not empty (it holds ${first}): ${remedy}`);
}

/** Writes a file durably, and checks once more what is written: the backup may have changed since it was verified. */
function writeFile(reader: BackupReader, { sums }: VerifiedBackup, path: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  const hash = createHash('sha256');
  const handle = openSync(to, 'wx', 0o600);
  try {
    for (const chunk of reader.read(path)) {
      hash.update(chunk);
      for (let done = 0; done < chunk.length; ) done += writeSync(handle, chunk, done);
    }
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  if (hash.digest('hex') !== sums.get(path))
    throw new TillcastError('INPUT_INVALID', `${path} of the backup changed while it was restored; nothing was restored`);
}

function syncFolders(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) syncFolders(join(folder, entry.name));
  syncDirectory(folder);
}

/** Moves everything up. While the folder of the restore is there, the directory is refused; so it goes last. */
function putInPlace(staged: string, root: string): void {
  for (const name of readdirSync(staged)) renameSync(join(staged, name), join(root, name));
  syncDirectory(root);
  rmSync(staged, { recursive: true });
  syncDirectory(root);
  syncDirectory(dirname(root));
}
