import type { DerivedColumns } from './derived-columns.ts';

/** Which library's file a forest was read from. */
export type ForestKind = 'catboost' | 'xgboost' | 'lightgbm' | 'sklearn_forest' | 'sklearn_boosting';

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
  /** Nodes that ask for a set of categories instead of a threshold; undefined where no node does. */
  readonly categories?: CategorySets | undefined;
  /** Training weight that reached the node, as the library wrote it; exact path-dependent SHAP needs it. */
  readonly cover: Float64Array;
  /** The arithmetic of the library that trained it: `f32` rounds the running sum after each tree (XGBoost). */
  readonly arithmetic: 'f32' | 'f64';
  /** Added to the sum of the leaves. */
  readonly baseMargin: number;
  /** The sum of leaves is divided by this (trees of a random forest); 1 for boosting. */
  readonly divisor: number;
  /** What `score` returns: log-odds, a probability, or (regression) a value in the target's unit. */
  readonly space: 'log_odds' | 'probability' | 'value';
  /** How `encodeRow` turns text into numbers; undefined where the file knows no category. */
  readonly encoding?: Encoding | undefined;
  /** Who shares a contribution, where columns are not features; undefined where each column is one feature. */
  readonly players?: Players | undefined;
}

/** Bit sets of categories: a value goes left where its category is in the node's set, right where it is not, unseen ones included. */
export interface CategorySets {
  /** 1 where the node asks for a set. */
  readonly asks: Uint8Array;
  /** Where a node's set begins in `words`, and how many words it has: category c is bit c mod 32 of word ⌊c / 32⌋. */
  readonly start: Int32Array;
  readonly length: Int32Array;
  readonly words: Uint32Array;
  readonly rule: CategoryRule;
}

/** How a library makes a category of a number. */
export interface CategoryRule {
  /** Whether the value is rounded to float32 first (XGBoost). */
  readonly single: boolean;
  /** Only values above this are categories; their fraction is cut off. */
  readonly above: number;
}

/** What is known of categories by name; columns as the caller gives them. */
export interface Encoding {
  /** By feature: the number of each category's text; undefined for a numeric feature. */
  readonly codes: readonly (ReadonlyMap<string, number> | undefined)[];
  /** Columns computed from categories; undefined where a category's number is what the forest walks on. */
  readonly derived?: DerivedColumns | undefined;
}

/** The players of the Shapley game: a column belongs to one, and a player's contribution is shared equally by its features. */
export interface Players {
  readonly ofColumn: Int32Array;
  readonly features: readonly Int32Array[];
}

/** Marks a leaf in `Forest.feature`. */
export const LEAF = -1;

/** LightGBM's kZeroThreshold, the float32 nearest 1e-35: values up to here are zero to it. */
export const ZERO_THRESHOLD = Math.fround(1e-35);

/** How many values a row to walk on holds: one a feature, and behind them what `encodeRow` computes from categories. */
export const rowWidth = ({ featureCount, encoding }: Forest): number => featureCount + (encoding?.derived?.columns.length ?? 0);
