import type { Ensemble } from '../scoring/ensemble.ts';
import { openEnsembleExplainer } from '../scoring/explain-row.ts';

/** Rows with their contributions, both laid out one row after the other. */
export interface ExplainedRows {
  readonly width: number;
  readonly count: number;
  readonly rows: Float32Array;
  readonly contributions: Float64Array;
}

/** Explains a sample of rows for the global views. */
export function explainRows(ensemble: Ensemble, rows: Float32Array): ExplainedRows {
  const width = ensemble.featureNames.length;
  const count = rows.length / width;
  const explainer = openEnsembleExplainer(ensemble);
  const contributions = new Float64Array(rows.length);
  for (let row = 0; row < count; row++) contributions.set(explainer.explain(rows, row * width).contributions, row * width);
  return { width, count, rows, contributions };
}
