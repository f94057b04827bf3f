import { checkOut, checkRow } from '../check-rows.ts';
import { RowError } from '../encode-row.ts';
import { type Forest, rowWidth } from '../forest.ts';
import { scoreBatch } from '../score.ts';
import type { TreeExplainer } from '../shap.ts';
import { decideBackground } from './background-decisions.ts';
import { openMixedWalk } from './mixed-walk.ts';
import { planShap } from './plan.ts';
import { sharePlayers } from './share-players.ts';

/**
 * Explains rows against a background the caller names: exact Shapley values of v(S) = mean over background rows b of f(x where in S, b elsewhere)
 * (interventional TreeSHAP: Lundberg et al. 2020, "From local explanations to global understanding", algorithm 3; Laberge & Pequignot 2022).
 * Base value = mean `scoreExact` of the background; base value + Σ = `scoreExact` of the row. `background` holds `backgroundRows` rows of
 * `rowWidth` values, one behind the other, and is not kept; without a row, or with a broken one, it is a RowError. Work a row: the places where row and background disagree; nothing is allocated.
 */
export function openInterventionalExplainer(
  forest: Forest,
  background: Float32Array | Float64Array,
  backgroundRows: number,
): TreeExplainer {
  const width = rowWidth(forest);
  checkBackground(background, backgroundRows, width);
  const { player, maxQuadrature } = planShap(forest);
  const decisions = decideBackground(forest, background, backgroundRows, width);
  const { players, featureCount } = forest;
  const sums = new Float64Array(players?.features.length ?? featureCount);
  // A rule of q nodes serves trees of at most 2 q distinct players on a path.
  const walk = openMixedWalk(forest, player, sums, { mostPlayers: 2 * maxQuadrature, mostPatterns: backgroundRows });
  const scale = 1 / (backgroundRows * forest.divisor);
  const baseValue = meanScore(forest, background, backgroundRows);
  return {
    baseValue,
    explain(row, out, rowOffset = 0, outOffset = 0) {
      checkRow(forest, row, rowOffset);
      checkOut(out, outOffset, featureCount);
      sums.fill(0);
      for (let tree = 0; tree < forest.treeCount; tree++) walk(tree, decisions[tree]!, row, rowOffset);
      for (let i = 0; i < sums.length; i++) sums[i]! *= scale;
      if (players === undefined) out.set(sums, outOffset);
      else sharePlayers(players.features, sums, out.fill(0, outOffset, outOffset + featureCount), outOffset);
      return baseValue;
    },
  };
}

function checkBackground(background: Float32Array | Float64Array, rows: number, width: number): void {
  if (!Number.isInteger(rows) || rows < 1)
    throw new RowError(`the background has ${rows} rows; give at least one row to compare with`);
  if (background.length < rows * width)
    throw new RowError(
      `the background holds ${background.length} values, ${rows} rows of ${width} are ${rows * width}; give whole rows`,
    );
}

function meanScore(forest: Forest, rows: Float32Array | Float64Array, rowCount: number): number {
  const scores = new Float64Array(rowCount);
  scoreBatch(forest, rows, rowCount, scores, true);
  return scores.reduce((sum, score) => sum + score, 0) / rowCount;
}
