import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { defaultSessionGapMs } from '@tillcast/core/events/session';
import { featureCatalog } from '@tillcast/core/features/catalog';
import { assignSplits } from '@tillcast/core/learning/splits';
import { openServedRows, type ServedCounts } from '@tillcast/core/outcomes/served-rows';
import type { PredictionLog } from '@tillcast/core/ports/prediction-log';
import { type DatasetOptions, type DatasetSummary, defaultDatasetRefundWindowMs, summarizeDataset } from './build-dataset.ts';
import { catalogueHash } from './catalogue-hash.ts';
import { stageRows } from './staged-rows.ts';
import { inOrder } from './staged-rows-in-order.ts';
import { writeTrainingTable } from './write-training-table.ts';

/** What came of it, with the lines that are no rows and why. */
export interface ServedDatasetSummary extends DatasetSummary {
  readonly left_out: ServedCounts['leftOut'];
}

/** The user of each device, where a login made its history theirs. */
async function ownersOf(log: PredictionLog, tenant: string, shoppers: readonly string[]): Promise<Map<string, string>> {
  const owners = new Map<string, string>();
  for (const shopper of shoppers) {
    if (!shopper.startsWith('a:')) continue;
    const login = (await log.outcomes(tenant, shopper, Number.NEGATIVE_INFINITY)).find(({ event }) => event === 'login');
    if (login?.linked !== undefined) owners.set(shopper, login.linked);
  }
  return owners;
}

/**
 * Builds a training table of the rows that were served, as they were served, with their labels ("log and wait"): the same columns as
 * `buildDataset` writes, no feature computed anew.
 */
export async function buildServedDataset(log: PredictionLog, options: DatasetOptions): Promise<ServedDatasetSummary> {
  const features = featureCatalog.map(({ name }) => name);
  const { out, target, horizonMs, seed = 0, tenant = 'default', timeZone = 'UTC', onProgress = () => {} } = options;
  const { refundWindowMs = defaultDatasetRefundWindowMs, sessionGapMs = defaultSessionGapMs, untilMs } = options;
  const staged = stageRows(`${out}.rows-${process.pid}`, features.length);
  try {
    const served = openServedRows(
      { target, horizonMs, columns: { hash: catalogueHash(), names: features }, untilMs },
      staged.add,
    );
    let lines = 0;
    for await (const batch of log.read({ tenant, target })) {
      for (const line of batch) served.push(line);
      lines += batch.length;
      onProgress(lines);
    }
    if (lines === 0)
      throw new TillcastError(
        'INPUT_INVALID',
        'there are no logged predictions to build a dataset from; serve some with "tillcast serve"',
      );
    const { rows, order, rungs, leftOut } = served.finish(await ownersOf(log, tenant, served.shoppers()));
    const splits = assignSplits({ ...rows, horizonMs, seed });
    const { dataFromMs, dataUntilMs } = rows;
    const { events, censored, positives } = rows.counts;
    const counts = { events, rows: rows.rows, censored, positives };
    const about = { target, horizonMs, refundWindowMs, timeZone, sessionGapMs, dataFromMs, dataUntilMs };
    await writeTrainingTable(out, {
      ...{ features, rows, splits, staged: inOrder(staged, order, features.length), rung: (row: number) => rungs[row]! },
      metadata: { ...about, features, catalogueHash: catalogueHash(), counts },
    });
    return { ...summarizeDataset(options, rows, splits), left_out: leftOut };
  } finally {
    staged.close();
  }
}
