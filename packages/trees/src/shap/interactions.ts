import { checkOut, checkRow } from '../check-rows.ts';
import { ModelFileError } from '../errors.ts';
import type { Forest } from '../forest.ts';
import { openPairWalk } from './pair-walk.ts';
import { planShap } from './plan.ts';

/** Explains rows of one forest by pairs; keeps scratch memory, so one explainer serves one row at a time. */
export interface InteractionExplainer {
  /** The forest's mean score over its training rows. */
  readonly baseValue: number;
  /**
   * Fills `out`, featureCount × featureCount, with exact path-dependent SHAP interaction values and returns the base value. The matrix is symmetric
   * and its row i sums to feature i's SHAP value: off the diagonal stands half of what two features do together, on it what one does alone.
   * A row or a matrix too short is a RowError.
   */
  explain(row: ArrayLike<number>, out: Float64Array, rowOffset?: number): number;
}

/** Scratch memory of players × players stays at 128 MB. */
const MOST_PLAYERS = 4_096;

/**
 * Exact SHAP interaction values (Lundberg, Erion, Lee, arXiv 1802.03888, §4; the Shapley interaction index of Fujimoto et al. 2006), in the units
 * of `openExplainer`. A model of too many combinations of categories is a ModelFileError.
 */
export function openInteractionExplainer(forest: Forest): InteractionExplainer {
  const { featureCount, players, divisor } = forest;
  const plan = planShap(forest);
  const count = players?.features.length ?? featureCount;
  if (players !== undefined && count > MOST_PLAYERS)
    throw new ModelFileError(
      `it has ${count} features and combinations of them; interactions are told of at most ${MOST_PLAYERS}`,
    );
  const alone = new Float64Array(count);
  const ofPlayers = new Float64Array(players === undefined ? 0 : count * count);
  const walk = openPairWalk(forest, plan, count);
  return {
    baseValue: plan.baseValue,
    explain(row, out, rowOffset = 0) {
      const places = featureCount * featureCount;
      checkRow(forest, row, rowOffset);
      checkOut(out, 0, places);
      const pairs = (players === undefined ? out : ofPlayers).fill(0, 0, count * count);
      alone.fill(0);
      for (let tree = 0; tree < forest.treeCount; tree++) walk(tree, row, rowOffset, alone, pairs);
      settle(pairs, alone, divisor);
      if (players !== undefined) sharePairs(players.features, pairs, out.fill(0, 0, places), featureCount);
      return plan.baseValue;
    },
  };
}

/** From index (each pair once, above the diagonal) to values: halves on both sides; on the diagonal, what the pairs leave of the SHAP value. */
function settle(pairs: Float64Array, alone: Float64Array, divisor: number): void {
  const count = alone.length;
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) {
      const half = pairs[i * count + j]! / (2 * divisor);
      pairs[i * count + j] = pairs[j * count + i] = half;
    }
  }
  for (let i = 0; i < count; i++) {
    let rest = alone[i]! / divisor;
    for (let j = 0; j < count; j++) if (j !== i) rest -= pairs[i * count + j]!;
    pairs[i * count + i] = rest;
  }
}

/**
 * What players do alone in equal parts to their features, as CatBoost has it, and a pair of players in equal parts to the pairs of their features, so that
 * rows still sum to the features' SHAP values (CatBoost's own do not where a combination meets one of its features).
 */
function sharePairs(features: readonly Int32Array[], pairs: Float64Array, out: Float64Array, featureCount: number): void {
  for (const [a, first] of features.entries()) {
    for (const i of first) out[i * featureCount + i]! += pairs[a * features.length + a]! / first.length;
    for (const [b, second] of features.entries()) {
      const part = pairs[a * features.length + b]! / (first.length * second.length);
      if (a === b || part === 0) continue;
      for (const i of first) for (const j of second) out[i * featureCount + j]! += part;
    }
  }
}
