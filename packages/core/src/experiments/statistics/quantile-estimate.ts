import type { Estimate } from './estimate.ts';
import { upperQuantile } from './special/normal.ts';

const Z = upperQuantile(0.025);

/** What a quantile's estimate is made of. */
export interface QuantileParts {
  /** Values. */
  readonly n: number;
  /** The sample size at which the two bounds were read off (`n` unless a warehouse rounded it). */
  readonly boundsAt: number;
  /** Which quantile, in (0, 1). */
  readonly level: number;
  readonly value: number;
  /** The quantiles at level ∓ z √(level (1 − level) / boundsAt), z = 1.96. */
  readonly low: number;
  readonly high: number;
}

/**
 * A quantile with the variance that its outer confidence interval implies (Deng, Knoblich and Lu, KDD 2018, section 4.1, as GrowthBook
 * has it): ((high − low) / 2z)² (n − 1) · boundsAt / n. From 100 values on at least 1e-5, for ties make it 0.
 */
export function quantileEstimate({ n, boundsAt, value, low, high }: QuantileParts, inflation = 1): Estimate {
  const spread = n <= 1 ? 0 : (boundsAt / n) * (n - 1) * ((high - low) / (2 * Z)) ** 2 * inflation;
  return { n, mean: value, baseMean: value, variance: n < 100 ? spread : Math.max(spread, 1e-5) };
}

/** Whether the sample is too small for the two bounds to lie inside it. */
export const isQuantileKnown = (n: number, level: number): boolean =>
  n > (Z * Z * level) / (1 - level) && n > (Z * Z * (1 - level)) / level;

/** Sums over clusters of s = values at or below the quantile and c = values. */
export interface ClusterSums {
  readonly clusters: number;
  readonly below: number;
  readonly belowSquares: number;
  readonly count: number;
  readonly countSquares: number;
  readonly products: number;
}

/**
 * By how much clusters widen a quantile's variance: the delta-method variance of Σs / Σc over clusters, divided by that of n independent
 * values, level (1 − level) / n (Deng, Knoblich and Lu, KDD 2018, eq. 9).
 */
export function clusterInflation(sums: ClusterSums, level: number, n: number): number {
  const { clusters, below, belowSquares, count, countSquares, products } = sums;
  if (clusters <= 1 || count <= 0) return 0;
  const s = below / clusters;
  const c = count / clusters;
  const unbiased = clusters / (clusters - 1);
  const varianceS = (belowSquares / clusters - s * s) * unbiased;
  const varianceC = (countSquares / clusters - c * c) * unbiased;
  const covariance = (products / clusters - s * c) * unbiased;
  const ofRatio = (varianceS - (2 * s * covariance) / c + (s * s * varianceC) / (c * c)) / (clusters * c * c);
  return (ofRatio * n) / (level * (1 - level));
}

/** The parts of a quantile from values in ascending order (linear between order statistics: Hyndman and Fan 1996, type 7). */
export function quantileParts(sorted: Float64Array, level: number): QuantileParts {
  const n = sorted.length;
  const width = Z * Math.sqrt((level * (1 - level)) / n);
  return {
    ...{ n, boundsAt: n, level },
    value: sortedQuantile(sorted, level),
    low: sortedQuantile(sorted, Math.max(0, level - width)),
    high: sortedQuantile(sorted, Math.min(1, level + width)),
  };
}

/** The quantile of values in ascending order; NaN without values. */
export function sortedQuantile(sorted: Float64Array, level: number): number {
  if (sorted.length === 0) return Number.NaN;
  const position = level * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}
