import type { PredictionRecord } from '@tillcast/core/ports/prediction-log';
import type { RecentPredictions } from '@tillcast/core/ports/recent-predictions';
import { closedError } from '../prediction-log/closed.ts';
import { shoppersOf } from '../prediction-log/shoppers-of.ts';

/** Keeps the last predictions in this process; the newest push out the oldest. */
export function memoryRecentPredictions(capacity = 10_000): RecentPredictions {
  // A Map remembers the order of insertion: the first key is the oldest.
  const records = new Map<string, PredictionRecord>();
  let closed = false;
  const keyOf = (tenant: string, predictionId: string): string => `${predictionId.length} ${predictionId}${tenant}`;
  const open = (): void => {
    if (closed) throw closedError();
  };

  return {
    async push(given) {
      open();
      for (const record of given) {
        records.set(keyOf(record.tenant, record.predictionId), record);
        if (records.size > capacity) records.delete(records.keys().next().value!);
      }
    },
    async latest(tenant, limit) {
      open();
      const found: PredictionRecord[] = [];
      for (const record of [...records.values()].reverse()) {
        if (found.length >= limit) break;
        if (record.tenant === tenant) found.push(structuredClone(record));
      }
      return found;
    },
    async find(tenant, predictionId) {
      open();
      return structuredClone(records.get(keyOf(tenant, predictionId)));
    },
    async erase(tenant, shopper) {
      open();
      const gone = [...records].filter(([, record]) => record.tenant === tenant && shoppersOf(record).has(shopper));
      for (const [key] of gone) records.delete(key);
      return gone.length;
    },
    async close() {
      closed = true;
      records.clear();
    },
  };
}
