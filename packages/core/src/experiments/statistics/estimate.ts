import { type ColumnKind, type Moments, variance } from './moments.ts';

/** One arm's value of one metric. Every kind of metric becomes this, and everything after it knows no kind. */
export interface Estimate {
  /** Independent units: shoppers, or clusters of them. */
  readonly n: number;
  /** In the metric's own unit; adjusted where covariates adjust it. */
  readonly mean: number;
  /** Of one unit: variance / n is the squared standard error of `mean`. */
  readonly variance: number;
  /** The mean before any adjustment: what a relative lift is relative to. */
  readonly baseMean: number;
}

/** The squared standard error of an estimate. */
export const squaredError = ({ variance, n }: Estimate): number => variance / n;

/** The mean of column i, or the proportion where it holds 0 and 1. */
export const meanEstimate = (moments: Moments, i: number, kind: ColumnKind): Estimate => ({
  n: moments.n,
  mean: moments.means[i]!,
  baseMean: moments.means[i]!,
  variance: variance(moments, i, kind),
});

/** A proportion: `positives` of `n` units; variance p (1 − p), unpooled. */
export const proportionEstimate = (n: number, positives: number): Estimate => {
  const mean = n === 0 ? 0 : positives / n;
  return { n, mean, baseMean: mean, variance: mean * (1 - mean) };
};
