import { scoreExact } from '@tillcast/trees/score';
import { openInteractionExplainer } from '@tillcast/trees/shap/interactions';
import { TillcastError } from '../errors/tillcast-error.ts';
import { ADDITIVITY_TOLERANCE, combineExplanations } from './combine-explanations.ts';
import type { Ensemble, Explanation } from './ensemble.ts';
import { weightedForests } from './weighted-members.ts';

/** Why, by pairs: `baseValue` + Σ `interactions` = `logOdds`, to 1e-9; each row sums to its feature's contribution. */
export interface PairExplanation extends Explanation {
  /** Features × features, symmetric, in log-odds: halves of what pairs do together, and on the diagonal what each does alone. */
  readonly interactions: Float64Array;
}

/** Explains rows of one ensemble by pairs of features, or raises EXPLANATION_BROKEN. */
export interface PairExplainer {
  explain(row: ArrayLike<number>, offset?: number): PairExplanation;
}

/**
 * Opens the interaction explainers of the members that count. A member's matrix is carried by the one factor its contributions are carried
 * by, so that it is exact for boosted members of a log-odds blend, and for the rest as much an approximation as they are.
 */
export function openPairExplainer(ensemble: Ensemble): PairExplainer {
  const width = ensemble.featureNames.length;
  const members = weightedForests(ensemble).map((member) => ({
    ...member,
    explainer: openInteractionExplainer(member.forest),
    matrix: new Float64Array(member.forest.featureCount ** 2),
  }));
  return {
    explain(row, offset = 0) {
      const { factors, ...explanation } = combineExplanations(
        ensemble.blend,
        members.map(({ name, weight, forest, explainer, matrix }) => ({
          name,
          weight,
          raw: scoreExact(forest, row, offset),
          base: explainer.explain(row, matrix, offset),
          contributions: rowSums(matrix, forest.featureCount, width),
        })),
      );
      const interactions = new Float64Array(width * width);
      for (const [m, { matrix, forest }] of members.entries())
        addMatrix(interactions, width, matrix, forest.featureCount, factors[m]!);
      assertAddsUp(interactions, explanation);
      return { ...explanation, interactions };
    },
  };
}

function rowSums(matrix: Float64Array, size: number, width: number): Float64Array {
  const sums = new Float64Array(width);
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) sums[i]! += matrix[i * size + j]!;
  return sums;
}

function addMatrix(into: Float64Array, width: number, matrix: Float64Array, size: number, factor: number): void {
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) into[i * width + j]! += factor * matrix[i * size + j]!;
}

function assertAddsUp(interactions: Float64Array, { baseValue, logOdds }: Explanation): void {
  const gap = Math.abs(interactions.reduce((sum, value) => sum + value, baseValue) - logOdds);
  if (!(gap <= ADDITIVITY_TOLERANCE))
    throw new TillcastError('EXPLANATION_BROKEN', `base value and interactions miss the score ${logOdds} by ${gap}`);
}
