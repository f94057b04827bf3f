import { existsSync, rmSync } from 'node:fs';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Suppressions } from '@tillcast/core/ports/suppressions';
import { dataPathsOf } from '../cli/data-dir.ts';
import {
  copyEmbedded,
  openDeadLetters,
  openEventLog,
  openExperimentStore,
  openExposureLog,
  openPredictionLog,
  openSuppressions,
} from '../compose.ts';
import { readDatabaseUrl } from '../database-url.ts';
import type { Env } from '../setting-or-file.ts';
import { applyErasures, type ErasuresApplied, mergeSuppressions } from './apply-erasures.ts';

/**
 * Sees that nobody who was erased is in the stores of a folder that is laid out as a data directory, or in PostgreSQL where `env` names it. `newer`: a
 * file of suppressions to add to those that are there; beside PostgreSQL, those of the folder are added too.
 */
export async function eraseAgain(root: string, newer: string | undefined, env: Env): Promise<ErasuresApplied> {
  const dir = dataPathsOf(root);
  const isInDatabase = readDatabaseUrl(env) !== undefined;
  if (newer !== undefined && !existsSync(newer))
    throw new TillcastError('FILE_NOT_READABLE', `--suppressions: there is no file ${newer}`);
  if (newer !== undefined && !isInDatabase && !existsSync(dir.suppressions)) copyEmbedded(newer, dir.suppressions);
  const suppressions = await openSuppressions(dir, env);
  const stores = {
    events: openEventLog(dir, env),
    predictions: openPredictionLog(dir, env),
    letters: openDeadLetters(dir, env),
    experiments: openExperimentStore(dir, env),
    exposures: openExposureLog(dir, env),
  };
  try {
    if (newer !== undefined) await addFrom(newer, suppressions, root);
    if (isInDatabase && existsSync(dir.suppressions)) await addFrom(dir.suppressions, suppressions, root);
    return await applyErasures(suppressions, stores);
  } finally {
    for (const store of [suppressions, ...Object.values(stores)]) await store.close();
    if (isInDatabase) rmSync(dir.suppressions, { force: true });
  }
}

/** Adds the suppressions of a file. Of a copy, because opening a list may bring its schema forward, and the given one is somebody's. */
async function addFrom(file: string, into: Suppressions, scratch: string): Promise<void> {
  const copy = dataPathsOf(scratch).suppressions.replace(/db$/, 'newer.db');
  copyEmbedded(file, copy);
  const newer = await openSuppressions({ suppressions: copy }, {});
  try {
    await mergeSuppressions(into, newer);
  } finally {
    await newer.close();
    rmSync(copy);
  }
}
