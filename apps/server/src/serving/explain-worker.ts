import type { Ensemble } from '@tillcast/core/scoring/ensemble';
import { openBatchExplainer } from '@tillcast/core/scoring/explain-rows';
import { move, workerData } from 'piscina';

/** What a worker is asked: rows laid out one after the other. */
export interface ExplainTask {
  readonly rows: Float32Array;
  readonly rowCount: number;
}

const ensemble = workerData as Ensemble;
const explain = openBatchExplainer(ensemble);
const width = ensemble.featureNames.length;

/** Explains rows: base value, log-odds and contributions of each, laid out one row after the other. */
export function explainRows({ rows, rowCount }: ExplainTask): Float64Array {
  const answers = new Float64Array(rowCount * (width + 2));
  for (const [row, { baseValue, logOdds, contributions }] of explain(rows, rowCount).entries()) {
    answers.set([baseValue, logOdds], row * (width + 2));
    answers.set(contributions, row * (width + 2) + 2);
  }
  return move(answers) as unknown as Float64Array;
}
