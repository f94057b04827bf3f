import type { FeatureColumns, PredictionRecord } from '@tillcast/core/ports/prediction-log';
import type { RecentPredictions } from '@tillcast/core/ports/recent-predictions';
import { openByteWriter } from '../prediction-log/byte-writer.ts';
import { closedError } from '../prediction-log/closed.ts';
import { decodePrediction, readPredictionHead, writePrediction } from '../prediction-log/prediction-bytes.ts';
import { shoppersOf } from '../prediction-log/shoppers-of.ts';
import { openLineRing } from './line-ring.ts';

/** Room for 10,000 lines of 67 features with their contributions. */
const roomBytes = 16_777_216;

/**
 * Keeps the last predictions in this process; the newest push out the oldest. As bytes, not as objects: ten thousand records that come and go outlive the
 * young generation, and what the collector then did took as long as scoring them (docs/adr/0022-serving-speed.md).
 */
export function memoryRecentPredictions(capacity = 10_000): RecentPredictions {
  let lines = openLineRing(capacity, roomBytes);
  const columns = new Map<string, FeatureColumns>();
  const out = openByteWriter();
  let closed = false;
  const open = (): void => {
    if (closed) throw closedError();
  };
  const recordOf = (line: Uint8Array): PredictionRecord => decodePrediction(line, (hash) => columns.get(hash)!);

  /** The lines of a tenant, the newest first. */
  function* linesOf(tenant: string): Generator<{ line: Uint8Array; age: number; predictionId: string }> {
    for (let age = 0; age < lines.size; age++) {
      const line = lines.at(age);
      if (line === undefined) continue;
      const head = readPredictionHead(line);
      if (head.tenant === tenant) yield { line, age, predictionId: head.predictionId };
    }
  }

  return {
    async push(given) {
      open();
      for (const record of given) {
        columns.set(record.columns.hash, record.columns);
        out.begin();
        writePrediction(out, record);
        lines.push(out.borrow());
      }
    },
    async latest(tenant, limit) {
      open();
      return linesOf(tenant)
        .take(limit)
        .map(({ line }) => recordOf(line))
        .toArray();
    },
    async find(tenant, predictionId) {
      open();
      const found = linesOf(tenant).find((one) => one.predictionId === predictionId);
      return found && recordOf(found.line);
    },
    async erase(tenant, shopper) {
      open();
      const gone = linesOf(tenant)
        .filter(({ line }) => shoppersOf(recordOf(line)).has(shopper))
        .map(({ age }) => age)
        .toArray();
      for (const age of gone) lines.clear(age);
      return gone.length;
    },
    async close() {
      closed = true;
      lines = openLineRing(0, 0);
    },
  };
}
