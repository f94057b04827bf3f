import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bringLayoutForward } from './data-layout.ts';

/**
 * Where things lie in a data directory (`--data`, default `.tillcast`); the directory is made when asked for, and brought to the layout of this
 * release. Raises STORE_UNAVAILABLE for one that a newer Tillcast has laid out, or that a restore did not finish.
 */
export function openDataDir(path: string): DataDir {
  const root = resolve(path);
  mkdirSync(root, { recursive: true, mode: 0o700 });
  bringLayoutForward(root);
  return dataPathsOf(root);
}

/** The same of a folder that is only looked at: nothing is made, and nothing refused. */
export function dataPathsOf(root: string) {
  return {
    root,
    database: join(root, 'tillcast.db'),
    deadLetters: join(root, 'dead-letters.db'),
    catalogue: join(root, 'catalogue.db'),
    suppressions: join(root, 'suppressions.db'),
    predictions: join(root, 'predictions.db'),
    experiments: join(root, 'experiments.db'),
    exposures: join(root, 'exposures.db'),
    models: join(root, 'models'),
    policies: join(root, 'policies'),
    segments: { history: join(root, 'segments'), people: join(root, 'segment-members') },
    studies: join(root, 'studies'),
    runs: join(root, 'runs'),
    keys: join(root, 'keys'),
    batchJobs: join(root, 'batch-jobs'),
    inbox: join(root, 'inbox'),
  };
}

export type DataDir = ReturnType<typeof dataPathsOf>;
