import type { PredictionLog } from '@tillcast/core/ports/prediction-log';
import { closedError } from '../prediction-log/closed.ts';
import { openEntrance } from './entrance.ts';
import { openFeatureColumns } from './feature-columns.ts';
import type { Postgres, PostgresOptions } from './postgres.ts';
import { openErasure } from './prediction-erasure.ts';
import { openLabels } from './prediction-labels.ts';
import { openLines } from './prediction-lines.ts';

/**
 * Keeps predictions in PostgreSQL. They are written behind answers and read by people, so every call has patience, and none takes a connection from acks.
 * An address is opened and closed with the log; a database that is open already is shared, and closed by whoever opened it.
 */
export function postgresPredictionLog(where: string | Postgres, options: PostgresOptions = {}): PredictionLog {
  const { postgres, ready, check, close } = openEntrance(where, options, closedError);
  const columns = openFeatureColumns(postgres);
  const lines = openLines(postgres, columns);
  const labels = openLabels(postgres, columns);
  const erasure = openErasure(postgres);
  const run = async <T>(call: () => Promise<T>): Promise<T> => {
    await ready();
    return call();
  };

  return {
    durable: true,
    append: (records) => run(lines.appending(records)),
    find: (tenant, predictionId) => run(() => lines.find(tenant, predictionId)),
    latest: (tenant, limit) => run(() => lines.latest(tenant, limit)),
    async *read(query = {}) {
      await ready();
      for await (const page of lines.read(query)) {
        yield page;
        check();
      }
    },
    count: (tenant) => run(() => lines.count(tenant)),
    oldestAsOfMs: () => run(() => lines.oldestAsOfMs()),
    addOutcomes: (outcomes, refundWindowMs) => run(() => labels.addOutcomes(outcomes, refundWindowMs)),
    outcomes: (tenant, shopper, fromMs) => run(() => labels.outcomes(tenant, shopper, fromMs)),
    due: (at) => run(() => labels.due(at)),
    decide: (decisions) => run(() => labels.decide(decisions)),
    labels: (tenant, predictionId) => run(() => labels.versions(tenant, predictionId)),
    erase: (tenant, shopper) => run(() => erasure.erase(tenant, shopper)),
    prune: (askedBeforeMs, limit) => run(() => erasure.prune(askedBeforeMs, limit)),
    close,
  };
}
