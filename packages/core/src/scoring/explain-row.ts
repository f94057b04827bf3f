import { engineOf } from '@tillcast/trees/engine-of';
import type { Forest } from '@tillcast/trees/forest';
import type { TreeExplainer } from '@tillcast/trees/shap';
import { combineExplanations } from './combine-explanations.ts';
import type { Ensemble, Explanation } from './ensemble.ts';
import { weightedForests } from './weighted-members.ts';

/** Explains rows of one ensemble: Σ contributions + base value = served log-odds, or EXPLANATION_BROKEN is raised. */
export interface EnsembleExplainer {
  explain(row: ArrayLike<number>, offset?: number): Explanation;
}

/** Opens the explainers of the members that count, path-dependent ones unless told otherwise; their scratch memory is reused from row to row. */
export function openEnsembleExplainer(ensemble: Ensemble, open: (forest: Forest) => TreeExplainer = engineOf): EnsembleExplainer {
  const width = ensemble.featureNames.length;
  const members = weightedForests(ensemble).map((member) => ({
    ...member,
    explainer: open(member.forest),
    contributions: new Float64Array(width),
  }));
  return {
    explain: (row, offset = 0) =>
      combineExplanations(
        ensemble.blend,
        members.map(({ name, weight, forest, explainer, contributions }) => ({
          name,
          weight,
          contributions,
          raw: engineOf(forest).scoreExact(row, offset),
          base: explainer.explain(row, contributions.fill(0), offset),
        })),
      ),
  };
}
