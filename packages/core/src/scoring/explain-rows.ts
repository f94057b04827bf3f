import { engineOf } from '@tillcast/trees/engine-of';
import { combineExplanations } from './combine-explanations.ts';
import type { Ensemble, Explanation } from './ensemble.ts';
import { weightedForests } from './weighted-members.ts';

/** Explains many rows of one ensemble at a time, laid out one after the other; each as `openEnsembleExplainer` does, to 1e-6 and to the same sum. */
export type ExplainRows = (rows: Float32Array, rowCount: number) => Explanation[];

/** Opens a batch explainer: members explain several rows in the lanes of one vector. EXPLANATION_BROKEN where a sum does not hold. */
export function openBatchExplainer(ensemble: Ensemble): ExplainRows {
  const width = ensemble.featureNames.length;
  const members = weightedForests(ensemble).map((member) => ({ ...member, engine: engineOf(member.forest) }));
  return (rows, rowCount) => {
    const parts = members.map(({ name, weight, engine }) => {
      const contributions = new Float64Array(rowCount * width);
      const base = engine.explainBatch(rows, rowCount, contributions);
      const raw = new Float64Array(rowCount);
      engine.scoreBatch(rows, rowCount, raw, true);
      return { name, weight, base, raw, contributions };
    });
    return Array.from({ length: rowCount }, (_, row) =>
      combineExplanations(
        ensemble.blend,
        parts.map(({ name, weight, base, raw, contributions }) => ({
          name,
          weight,
          base,
          raw: raw[row]!,
          contributions: contributions.subarray(row * width, (row + 1) * width),
        })),
      ),
    );
  };
}
