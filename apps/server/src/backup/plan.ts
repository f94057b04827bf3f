import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Something to take into a backup; its path is below the data directory. */
export interface Part {
  readonly path: string;
  readonly kind: 'database' | 'file';
}

/** What is work in progress: files of people whom an erasure reaches here and would not reach in a backup, and what training makes anew. */
export const leftOut: Readonly<Record<string, string>> = {
  'batch-jobs': 'batch jobs and their rows live for a week',
  inbox: 'files that wait for batch jobs are their sender’s',
  'segment-members': 'who is in which segment is found anew each night',
  runs: 'records of training runs; what came of them is in models',
  studies: 'searches under way; the same command begins anew',
  'rejected.jsonl': 'rows that the last import refused',
};

/** What stays behind where private keys are not wanted. */
export const secretFiles: ReadonlySet<string> = new Set(['keys/bundle-signing.key', 'keys/jwt-secret']);

/**
 * The databases in the order in which they are taken, by what refers to what: each is taken after those that refer to it, so whatever a copy names is
 * in the copies that follow. Outcomes and letters name events; events are filled from the catalogue.
 */
const databasesFirst = ['predictions.db', 'dead-letters.db', 'tillcast.db', 'catalogue.db'];
/** Last of all: whoever is erased while the rest is copied is on it. */
const databaseLast = 'suppressions.db';

// Drafts and what belongs to an open database are nobody's yet.
const isPassing = (name: string): boolean => name.startsWith('.') || /\.part$|\.db-(wal|shm|journal)$/.test(name);

const entriesOf = (folder: string): Dirent[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !isPassing(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

// A folder or file may be a link to another disk.
const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

function* filesUnder(root: string, path: string): Generator<Part> {
  if (!isFolder(join(root, path))) yield { path, kind: 'file' };
  else for (const { name } of entriesOf(join(root, path))) yield* filesUnder(root, `${path}/${name}`);
}

/** Moves of aliases before bundles, so that whatever a move names is there; a bundle appears whole, and stays. */
function* models(root: string): Generator<Part> {
  const folder = join(root, 'models');
  if (!isFolder(folder)) return;
  const names = entriesOf(folder).map(({ name }) => `models/${name}`);
  for (const name of names) {
    const moves = `${name}/aliases.ndjson`;
    if (statSync(join(root, moves), { throwIfNoEntry: false }) !== undefined) yield { path: moves, kind: 'file' };
  }
  for (const name of names) for (const part of filesUnder(root, name)) if (!part.path.endsWith('/aliases.ndjson')) yield part;
}

/**
 * Everything of a data directory that goes into a backup, in order. A folder is looked into when it is its turn, not before. `elsewhere`: databases that
 * are not in use, since PostgreSQL holds what they would.
 */
export function* planBackup(
  root: string,
  { secrets, elsewhere }: { readonly secrets: boolean; readonly elsewhere: ReadonlySet<string> },
): Generator<Part> {
  const there = entriesOf(root).map(({ name }) => name);
  const databases = there.filter((name) => name.endsWith('.db') && !elsewhere.has(name));
  const later = databases.filter((name) => !databasesFirst.includes(name) && name !== databaseLast);
  for (const path of [...databasesFirst.filter((name) => databases.includes(name)), ...later]) yield { path, kind: 'database' };
  yield* models(root);
  for (const name of there) {
    if (name.endsWith('.db') || name === 'models' || Object.hasOwn(leftOut, name)) continue;
    for (const part of filesUnder(root, name)) if (secrets || !secretFiles.has(part.path)) yield part;
  }
  if (databases.includes(databaseLast)) yield { path: databaseLast, kind: 'database' };
}
