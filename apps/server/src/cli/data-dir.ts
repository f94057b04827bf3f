import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Where things lie in a data directory (`--data`, default `.tillcast`); the directory is made when asked for. */
export function openDataDir(path: string) {
  const root = resolve(path);
  mkdirSync(root, { recursive: true, mode: 0o700 });
  return {
    root,
    database: join(root, 'tillcast.db'),
    deadLetters: join(root, 'dead-letters.db'),
    catalogue: join(root, 'catalogue.db'),
    suppressions: join(root, 'suppressions.db'),
    predictions: join(root, 'predictions.db'),
    models: join(root, 'models'),
    studies: join(root, 'studies'),
    runs: join(root, 'runs'),
    keys: join(root, 'keys'),
    batchJobs: join(root, 'batch-jobs'),
    inbox: join(root, 'inbox'),
  };
}

export type DataDir = ReturnType<typeof openDataDir>;
