import type { Ensemble } from '@tillcast/core/scoring/ensemble';
import { scoreRows } from '@tillcast/core/scoring/score-row';
import { Piscina } from 'piscina';
import type { ScoreFeatures } from './batch-scorer.ts';

/** Scores rows of one ensemble on threads, or on the thread that asks; the bits are the same. */
export interface BatchScorePool {
  readonly score: ScoreFeatures;
  close(): Promise<void>;
}

/** Opens threads that score one ensemble, each with engines of its own. */
export function openBatchScorePool(ensemble: Ensemble, threads: number): BatchScorePool {
  if (threads <= 1)
    return { score: async (rows, rowCount) => scoreRows(ensemble, rows, rowCount).logOdds, close: async () => {} };
  const pool = new Piscina({
    filename: new URL('./batch-score-worker.ts', import.meta.url).href,
    name: 'scoreFeatures',
    workerData: ensemble,
    minThreads: threads,
    maxThreads: threads,
    idleTimeout: Number.POSITIVE_INFINITY,
  });
  // A task's failure reaches who asked; without a listener a thread's would end the process.
  pool.on('error', () => {});
  return {
    score: async (rows, rowCount) =>
      (await pool.run({ rows, rowCount }, { transferList: [rows.buffer as ArrayBuffer] })) as Float64Array,
    close: () => pool.destroy(),
  };
}
