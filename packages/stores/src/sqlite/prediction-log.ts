import type { PredictionLog, PredictionQuery } from '@tillcast/core/ports/prediction-log';
import { closedError } from '../prediction-log/closed.ts';
import { guarded } from './guarded.ts';
import { openDatabase } from './open-database.ts';
import { prepareErasure } from './prediction-erasure.ts';
import { prepareLabels } from './prediction-labels.ts';
import { prepareLines, type StoredLines, storedLines } from './prediction-lines.ts';
import { predictionMigrations } from './prediction-schema.ts';

/** The log, and a way to hand it lines that were made elsewhere. */
export interface SqlitePredictionLog extends PredictionLog {
  /** As `append`. */
  appendStored(lines: StoredLines): Promise<number>;
}

/**
 * Keeps predictions in an SQLite file of their own. Commits are not synced one by one: a power cut may take the latest lines, never a part of
 * one (docs/adr/0012-prediction-log.md). Erasing is synced before it answers.
 */
export function sqlitePredictionLog(file: string): SqlitePredictionLog {
  const database = openDatabase(file, predictionMigrations, 'NORMAL');
  database.pragma('secure_delete = on');
  const lines = prepareLines(database);
  const labels = prepareLabels(database, lines.recordOf);
  const erasure = prepareErasure(database);
  const { run, close } = guarded(database, `the prediction log ${file}`, closedError);

  return {
    durable: true,
    append: async (records) => run(() => lines.append(storedLines(records))),
    appendStored: async (stored) => run(() => lines.append(stored)),
    find: async (tenant, predictionId) => run(() => lines.find(tenant, predictionId)),
    latest: async (tenant, limit) => run(() => lines.latest(tenant, limit)),
    async *read(query: PredictionQuery = {}) {
      const page = run(() => lines.pages(query));
      for (let found = run(() => page()); found.length > 0; found = run(() => page())) yield found;
    },
    count: async (tenant) => run(() => lines.count(tenant)),
    oldestAsOfMs: async () => run(() => lines.oldestAsOfMs()),
    addOutcomes: async (outcomes, refundWindowMs) => run(() => labels.addOutcomes(outcomes, refundWindowMs)),
    outcomes: async (tenant, shopper, fromMs) => run(() => labels.outcomes(tenant, shopper, fromMs)),
    due: async (at) => run(() => labels.due(at)),
    decide: async (decisions) => run(() => labels.decide(decisions)),
    labels: async (tenant, predictionId) => run(() => labels.versions(tenant, predictionId)),
    erase: async (tenant, shopper) => run(() => erasure.erase(tenant, shopper)),
    prune: async (askedBeforeMs, limit) => run(() => erasure.prune(askedBeforeMs, limit)),
    close,
  };
}
