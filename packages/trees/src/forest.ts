/** Which library's file a forest was read from. */
export type ForestKind = 'catboost' | 'xgboost' | 'lightgbm' | 'sklearn_forest';

/**
 * A decision forest in one form, whatever library trained it; every quirk of a format is resolved at load (readers/*).
 * Trees are laid out node after node: tree t owns the nodes from `roots[t]` up to `roots[t + 1]` (or the end), its root first, in preorder.
 */
export interface Forest {
  readonly kind: ForestKind;
  /** Empty where the file carries none. */
  readonly featureNames: readonly string[];
  readonly featureCount: number;
  readonly treeCount: number;
  readonly roots: Int32Array;
  /** The column a node asks about; LEAF where the walk ends. */
  readonly feature: Int32Array;
  /**
   * A branch: go left when the value, as the float64 it is, is at most this one. Libraries that round a row to float32 first have
   * that rounding folded into the number (float32-grid.ts), so no caller ever rounds. A leaf: its margin, or its probability for `sklearn_forest`.
   */
  readonly value: Float64Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** 1 where a missing value goes left. */
  readonly missingGoesLeft: Uint8Array;
  /** 1 where a value within ±1e-35 counts as missing (LightGBM's zero_as_missing); undefined where no node does that. */
  readonly zeroIsMissing: Uint8Array | undefined;
  /** Training weight that reached the node, as the library wrote it; exact path-dependent SHAP needs it. */
  readonly cover: Float64Array;
  /** The arithmetic of the library that trained it: `f32` rounds the running sum after each tree (XGBoost). */
  readonly arithmetic: 'f32' | 'f64';
  /** Added to the sum of the leaves. */
  readonly baseMargin: number;
  /** The sum of leaves is divided by this (trees of a random forest); 1 for boosting. */
  readonly divisor: number;
  /** What `score` returns: log-odds, or a probability. */
  readonly space: 'log_odds' | 'probability';
}

/** Marks a leaf in `Forest.feature`. */
export const LEAF = -1;

/** LightGBM's kZeroThreshold, the float32 nearest 1e-35: values up to here are zero to it. */
export const ZERO_THRESHOLD = Math.fround(1e-35);
