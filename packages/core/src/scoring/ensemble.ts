import type { Forest } from '@tillcast/trees/forest';

export const memberNames = ['catboost', 'xgboost', 'lightgbm', 'random_forest'] as const;
export type MemberName = (typeof memberNames)[number];

/** How members become one number. Weights lie on the simplex; a member of weight 0 is neither scored nor shipped. */
export interface Blend {
  readonly kind: 'log_odds' | 'soft';
  readonly weights: Readonly<Partial<Record<MemberName, number>>>;
  /** Calibration, affine in log-odds: served = intercept + slope · blended; slope > 0. */
  readonly platt: { readonly slope: number; readonly intercept: number };
  /** The forest's probability p is shrunk to (1 − lambda) p + lambda · pi before it is carried to log-odds; lambda ≥ 1e-4. */
  readonly forestShrinkage: { readonly lambda: number; readonly pi: number };
}

export interface Ensemble {
  readonly featureNames: readonly string[];
  readonly members: readonly { readonly name: MemberName; readonly forest: Forest }[];
  readonly blend: Blend;
}

/** One scored row. */
export interface Score {
  /** Served log-odds, finite. */
  readonly logOdds: number;
  /** In (0, 1). */
  readonly probability: number;
  /** Each member alone, in probability, calibrated by no one. */
  readonly members: Readonly<Partial<Record<MemberName, number>>>;
  /** 1 − width of the members' 90 % probability range: their agreement, in [0, 1]. */
  readonly agreement: number;
}

/** Why: `baseValue` + Σ `contributions` = `logOdds`, to 1e-9. One contribution a feature, in log-odds. */
export interface Explanation {
  readonly baseValue: number;
  readonly contributions: Float64Array;
  readonly logOdds: number;
}
