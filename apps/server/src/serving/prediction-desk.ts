import type { LoggedPrediction, PredictionLog, PredictionRecord } from '@tillcast/core/ports/prediction-log';
import type { RecentPredictions } from '@tillcast/core/ports/recent-predictions';
import type { PredictionWriter } from './prediction-writer.ts';

/** Where predictions are kept. */
export interface PredictionStores {
  readonly log: PredictionLog;
  readonly recent: RecentPredictions;
}

/** Where an answer's line goes, and where it is found again at once, written or not. */
export interface PredictionDesk {
  record(record: PredictionRecord): void;
  find(tenant: string, predictionId: string): Promise<LoggedPrediction | undefined>;
  /** Newest first. */
  latest(tenant: string, limit: number): Promise<readonly LoggedPrediction[]>;
  /** Removes a shopper's lines wherever they are, the waiting ones too; answers how many. */
  erase(
    tenant: string,
    shopper: string,
  ): Promise<{ readonly predictions: number; readonly labels: number; readonly outcomes: number }>;
}

/** Whether a line is about a shopper: asked by, or naming, that user or device. */
const isAbout =
  (tenant: string, shopper: string) =>
  (record: PredictionRecord): boolean =>
    record.tenant === tenant &&
    (record.shopper === shopper || `u:${record.userId}` === shopper || `a:${record.anonymousId}` === shopper);

const newestFirst = (a: LoggedPrediction, b: LoggedPrediction): number => b.record.askedAtMs - a.record.askedAtMs;

/** Opens the desk over its stores. `onTrouble` hears of a list of recent predictions that fails: answers and log go on. */
export function openPredictionDesk(
  { log, recent }: PredictionStores,
  writer: PredictionWriter,
  onTrouble: (error: unknown) => void,
): PredictionDesk {
  return {
    record(record) {
      writer.write(record);
      recent.push([record]).catch(onTrouble);
    },
    async find(tenant, predictionId) {
      const waiting = writer.find(tenant, predictionId);
      if (waiting !== undefined) return { record: waiting };
      try {
        return await log.find(tenant, predictionId);
      } catch (error) {
        // Its label is not known then; what was answered is.
        const record = await recent.find(tenant, predictionId);
        if (record === undefined) throw error;
        return { record };
      }
    },
    async latest(tenant, limit) {
      const served = await recent.latest(tenant, limit).catch((error: unknown) => {
        onTrouble(error);
        return [];
      });
      const lines = new Map(served.map((record): [string, LoggedPrediction] => [record.predictionId, { record }]));
      try {
        // The log has labels, and what was served before this process began.
        for (const line of await log.latest(tenant, limit)) lines.set(line.record.predictionId, line);
      } catch (error) {
        if (lines.size === 0) throw error;
      }
      return [...lines.values()].sort(newestFirst).slice(0, limit);
    },
    async erase(tenant, shopper) {
      const waited = await writer.forget(isAbout(tenant, shopper));
      const erased = await log.erase(tenant, shopper);
      await recent.erase(tenant, shopper);
      return { ...erased, predictions: erased.predictions + waited };
    },
  };
}
