import type {
  FeatureColumns,
  LoggedPrediction,
  PredictionLog,
  PredictionQuery,
  PredictionRecord,
} from '@tillcast/core/ports/prediction-log';
import { closedError } from '../prediction-log/closed.ts';
import { labelDueOf } from '../prediction-log/label-due.ts';
import { decodePrediction, encodePrediction } from '../prediction-log/prediction-bytes.ts';
import { shoppersOf } from '../prediction-log/shoppers-of.ts';
import { memoryLabels } from './prediction-labels.ts';
import { byTime, isAsked, lineKey, type MemoryLine, type MemoryLines, oldestAsOfMs, removeLines } from './prediction-lines.ts';

/** Keeps predictions in this process: for tests, and for trying things out. Nothing outlives the process. */
export function memoryPredictionLog(): PredictionLog {
  const lines: MemoryLines = new Map();
  const labels = memoryLabels(lines);
  const columns = new Map<string, FeatureColumns>();
  let closed = false;

  /** Runs a call, unless the log was closed. */
  async function run<T>(call: () => T): Promise<T> {
    if (closed) throw closedError();
    return call();
  }

  const loggedOf = ({ bytes, versions }: MemoryLine): LoggedPrediction => {
    const label = versions.at(-1);
    const record = decodePrediction(bytes, (hash) => columns.get(hash)!);
    return label === undefined ? { record } : { record, label: { ...label } };
  };
  const ofTenant = (tenant: string): MemoryLine[] => [...lines.values()].filter(({ due }) => due.tenant === tenant).sort(byTime);

  function insert(record: PredictionRecord): boolean {
    const key = lineKey(record.tenant, record.predictionId);
    if (lines.has(key)) return false;
    columns.set(record.columns.hash, { hash: record.columns.hash, names: [...record.columns.names] });
    const [bytes, due, shoppers] = [encodePrediction(record), labelDueOf(record), shoppersOf(record)];
    lines.set(key, { bytes, due, shoppers, versions: [], revision: 0, examined: 0 });
    return true;
  }

  return {
    durable: false,
    append: (records) => run(() => records.filter(insert).length),
    find: (tenant, predictionId) =>
      run(() => {
        const line = lines.get(lineKey(tenant, predictionId));
        return line === undefined ? undefined : loggedOf(line);
      }),
    latest: (tenant, limit) => run(() => ofTenant(tenant).reverse().slice(0, limit).map(loggedOf)),
    async *read({ tenant = 'default', batch = 1_024, ...query }: PredictionQuery = {}) {
      const wanted = await run(() => ofTenant(tenant).filter((line) => isAsked(line, query)));
      for (let start = 0; start < wanted.length; start += batch)
        yield await run(() => wanted.slice(start, start + batch).map(loggedOf));
    },
    count: (tenant) => run(() => (tenant === undefined ? lines.size : ofTenant(tenant).length)),
    oldestAsOfMs: () => run(() => (lines.size === 0 ? undefined : oldestAsOfMs(lines))),
    addOutcomes: (outcomes, refundWindowMs) => run(() => labels.add(outcomes, refundWindowMs)),
    outcomes: (tenant, shopper, fromMs) => run(() => labels.outcomes(tenant, shopper, fromMs)),
    due: (at) => run(() => labels.due(at)),
    decide: (decisions) => run(() => labels.decide(decisions)),
    labels: (tenant, predictionId) =>
      run(() => (lines.get(lineKey(tenant, predictionId))?.versions ?? []).map((label) => ({ ...label }))),
    erase: (tenant, shopper) =>
      run(() => ({
        ...removeLines(lines, ({ due, shoppers }) => due.tenant === tenant && shoppers.has(shopper)),
        outcomes: labels.remove((one) => one.tenant === tenant && (one.shopper === shopper || one.linked === shopper)),
      })),
    prune: (askedBeforeMs, limit) =>
      run(() => {
        const gone = removeLines(lines, ({ due }) => due.askedAtMs < askedBeforeMs, limit);
        const leastMs = oldestAsOfMs(lines);
        return { ...gone, outcomes: labels.remove(({ eventTimeMs }) => eventTimeMs < leastMs) };
      }),
    async close() {
      closed = true;
    },
  };
}
