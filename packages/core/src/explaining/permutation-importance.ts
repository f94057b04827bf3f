import { logLoss } from '../learning/metrics.ts';
import type { Ensemble } from '../scoring/ensemble.ts';
import { scoreRows } from '../scoring/score-row.ts';
import type { Random } from '../simulation/random.ts';

/** How much worse the log loss gets, in nats, when a feature's values are shuffled among the rows. */
export interface PermutationImportance {
  readonly feature: number;
  /** Mean over the shuffles. */
  readonly increase: number;
  /** The smallest and the largest of them. */
  readonly low: number;
  readonly high: number;
}

/** Permutation importance (Breiman 2001, §10) on labelled rows, largest first: a check on mean |SHAP| that knows the outcomes. */
export function permutationImportance(
  ensemble: Ensemble,
  rows: Float32Array,
  labels: ArrayLike<number>,
  { random, shuffles = 5 }: { readonly random: Random; readonly shuffles?: number },
): readonly PermutationImportance[] {
  const width = ensemble.featureNames.length;
  const base = logLoss(scoreRows(ensemble, rows, labels.length).logOdds, labels);
  const changed = rows.slice();
  return ensemble.featureNames
    .map((name, feature) => {
      const stream = random.fork(name);
      const increases = Array.from({ length: shuffles }, () => {
        shuffleColumn(changed, rows, width, feature, stream);
        return logLoss(scoreRows(ensemble, changed, labels.length).logOdds, labels) - base;
      });
      for (let at = feature; at < rows.length; at += width) changed[at] = rows[at]!;
      const increase = increases.reduce((sum, one) => sum + one, 0) / shuffles;
      return { feature, increase, low: Math.min(...increases), high: Math.max(...increases) };
    })
    .sort((a, b) => b.increase - a.increase || a.feature - b.feature);
}

/** Fisher & Yates, as Durstenfeld 1964 gives it. */
function shuffleColumn(out: Float32Array, rows: Float32Array, width: number, feature: number, random: Random): void {
  const count = rows.length / width;
  for (let at = feature; at < rows.length; at += width) out[at] = rows[at]!;
  for (let row = count - 1; row > 0; row--) {
    const other = Math.floor(random.uniform() * (row + 1));
    const kept = out[row * width + feature]!;
    out[row * width + feature] = out[other * width + feature]!;
    out[other * width + feature] = kept;
  }
}
