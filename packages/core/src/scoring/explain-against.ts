import { openInterventionalExplainer } from '@tillcast/trees/shap/interventional';
import type { Background } from './background.ts';
import type { Ensemble } from './ensemble.ts';
import { type EnsembleExplainer, openEnsembleExplainer } from './explain-row.ts';

/**
 * Explains rows of one ensemble against a background: each member's exact interventional SHAP values in its own space, carried to the served
 * log-odds as path-dependent ones are. The base value is that of the members' mean scores over the background.
 */
export function openBackgroundExplainer(ensemble: Ensemble, { rows, rowCount }: Background): EnsembleExplainer {
  const width = ensemble.featureNames.length;
  return openEnsembleExplainer(ensemble, (forest) =>
    openInterventionalExplainer(forest, firstColumns(rows, rowCount, width, forest.featureCount), rowCount),
  );
}

/** A member may know fewer columns than the ensemble: always the first ones. */
function firstColumns(rows: Float32Array, rowCount: number, width: number, kept: number): Float32Array {
  if (kept === width) return rows;
  const narrow = new Float32Array(rowCount * kept);
  for (let row = 0; row < rowCount; row++) narrow.set(rows.subarray(row * width, row * width + kept), row * kept);
  return narrow;
}
