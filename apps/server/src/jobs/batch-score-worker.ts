import type { Ensemble } from '@tillcast/core/scoring/ensemble';
import { scoreRows } from '@tillcast/core/scoring/score-row';
import { move, workerData } from 'piscina';

/** What a worker is asked: rows of features laid out one after the other. */
export interface BatchScoreTask {
  readonly rows: Float32Array;
  readonly rowCount: number;
}

const ensemble = workerData as Ensemble;

/** The log-odds of rows. */
export const scoreFeatures = ({ rows, rowCount }: BatchScoreTask): Float64Array =>
  move(scoreRows(ensemble, rows, rowCount).logOdds) as unknown as Float64Array;
