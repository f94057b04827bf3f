import type { Ensemble } from '@tillcast/core/scoring/ensemble';
import { openEnsembleExplainer } from '@tillcast/core/scoring/explain-row';
import { move, workerData } from 'piscina';

/** What a worker is asked: rows laid out one after the other. */
export interface ExplainTask {
  readonly rows: Float32Array;
  readonly rowCount: number;
}

const ensemble = workerData as Ensemble;
const explainer = openEnsembleExplainer(ensemble);
const width = ensemble.featureNames.length;

/** Explains rows: base value, log-odds and contributions of each, laid out one row after the other. */
export function explainRows({ rows, rowCount }: ExplainTask): Float64Array {
  const answers = new Float64Array(rowCount * (width + 2));
  for (let row = 0; row < rowCount; row++) {
    const { baseValue, logOdds, contributions } = explainer.explain(rows, row * width);
    answers.set([baseValue, logOdds], row * (width + 2));
    answers.set(contributions, row * (width + 2) + 2);
  }
  return move(answers) as unknown as Float64Array;
}
