import type { PredictionRecord } from './prediction-log.ts';

/**
 * The predictions served last, newest first, for looking at; the prediction log has all of them. Bounded by its own capacity.
 * Held to these sentences by packages/core/test/contract/recent-predictions.ts.
 * - Of what was pushed, the last `capacity` stay, over all tenants; the order is that of pushing.
 * - `latest` and `find` answer for one tenant.
 * - `erase` removes every line of a shopper, as `PredictionLog.erase` does, and answers how many.
 * - What is read is the caller's own.
 */
export interface RecentPredictions {
  push(records: readonly PredictionRecord[]): Promise<void>;
  latest(tenant: string, limit: number): Promise<readonly PredictionRecord[]>;
  find(tenant: string, predictionId: string): Promise<PredictionRecord | undefined>;
  erase(tenant: string, shopper: string): Promise<number>;
  close(): Promise<void>;
}
