import { solvePositive } from '../../learning/solve.ts';
import type { Estimate } from './estimate.ts';
import { type ColumnKind, covariance, type Moments, mergeMoments, variance } from './moments.ts';

/** A column and how its variance is estimated. */
export interface Column {
  readonly column: number;
  readonly kind: ColumnKind;
}

/**
 * What to subtract of each covariate: θ = V(x)⁻¹ C(x, y) over all arms together, so that every arm is adjusted alike (Deng, Xu, Kohavi and
 * Walker, WSDM 2013, eq. 4; several covariates by its matrix form). A covariate without spread, or told by others, gets 0.
 */
export function pooledTheta(arms: readonly Moments[], outcome: Column, covariates: readonly Column[]): Float64Array {
  const pooled = arms.reduce(mergeMoments);
  const k = covariates.length;
  const matrix = new Float64Array(k * k);
  const right = new Float64Array(k);
  // Correlations are solved, for covariates may differ in size by many powers of ten.
  const spread = covariates.map(({ column, kind }) => Math.sqrt(variance(pooled, column, kind)));
  const scaled = (value: number, divisor: number): number => (divisor > 0 ? value / divisor : 0);
  for (const [i, a] of covariates.entries()) {
    right[i] = scaled(covariance(pooled, a.column, outcome.column), spread[i]!);
    for (const [j, b] of covariates.entries()) {
      matrix[i * k + j] =
        i === j ? Number(spread[i]! > 0) : scaled(covariance(pooled, a.column, b.column), spread[i]! * spread[j]!);
    }
  }
  const solved = solvePositive(matrix, right);
  return solved.map((value, i) => scaled(value, spread[i]!));
}

/**
 * One arm's mean less θ · (covariate means − `centre`), with its variance V(y) + θᵀ V(x) θ − 2 θᵀ C(x, y). `centre` (zeros unless told)
 * shifts every arm alike and so changes no difference.
 */
export function adjustedEstimate(
  arm: Moments,
  outcome: Column,
  covariates: readonly Column[],
  theta: Float64Array,
  centre?: ArrayLike<number>,
): Estimate {
  let mean = arm.means[outcome.column]!;
  let spread = variance(arm, outcome.column, outcome.kind);
  for (const [i, a] of covariates.entries()) {
    mean -= theta[i]! * (arm.means[a.column]! - (centre?.[i] ?? 0));
    spread -= 2 * theta[i]! * covariance(arm, a.column, outcome.column);
    for (const [j, b] of covariates.entries()) {
      spread += theta[i]! * theta[j]! * (i === j ? variance(arm, a.column, a.kind) : covariance(arm, a.column, b.column));
    }
  }
  return { n: arm.n, mean, baseMean: arm.means[outcome.column]!, variance: Math.max(0, spread) };
}
