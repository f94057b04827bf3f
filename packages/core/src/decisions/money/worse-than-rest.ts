import { normalUpper } from '../../experiments/statistics/special/normal.ts';
import type { Interval } from '../../learning/metric.ts';
import { type Influence, rocAucInfluence, skillInfluence } from './metric-influence.ts';

/** A slice beside all other rows in one metric. */
export interface ComparedWithRest {
  /**
   * `rocAuc`: how well it ranks. `skill`: 1 − log loss ÷ the log loss of knowing the base rate alone, so that slices that buy more often can be compared
   * (McFadden 1974).
   */
  readonly metric: 'rocAuc' | 'skill';
  /** Slice − rest, 95 %. */
  readonly difference: Interval;
  /** That the slice is no worse; one-sided. */
  readonly pValue: number;
}

/** Scores of some rows, with what became of them and whose they were. */
export interface SliceScores {
  readonly logOdds: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
  /** Number of each row's shopper, below `shoppers`; the same in slice and rest. */
  readonly shopper: ArrayLike<number>;
}

const Z = 1.959963984540054;
const metrics = { rocAuc: rocAucInfluence, skill: skillInfluence } as const;

/**
 * Compares a slice with the rest. What each shopper's rows add to both is summed before it is squared (Obuchowski 1997 for the area under the ROC curve), so
 * that rows of one shopper, and shoppers with rows on both sides, count as what they are.
 */
export function compareWithRest(slice: SliceScores, rest: SliceScores, shoppers: number): readonly ComparedWithRest[] {
  return (['rocAuc', 'skill'] as const).flatMap((metric) => {
    const [a, b] = [metrics[metric](slice.logOdds, slice.labels), metrics[metric](rest.logOdds, rest.labels)];
    const value = a.value - b.value;
    const error = Math.sqrt(varianceByShopper(slice, a, rest, b, shoppers));
    if (!Number.isFinite(value) || !(error > 0)) return [];
    const difference = { value, low: value - Z * error, high: value + Z * error };
    return [{ metric, difference, pValue: normalUpper(-value / error) }];
  });
}

function varianceByShopper(slice: SliceScores, a: Influence, rest: SliceScores, b: Influence, shoppers: number): number {
  const sums = new Float64Array(shoppers);
  const isIn = new Uint8Array(shoppers);
  for (const [{ shopper }, { of }, sign] of [[slice, a, 1] as const, [rest, b, -1] as const])
    for (let row = 0; row < shopper.length; row++) {
      sums[shopper[row]!]! += sign * of[row]!;
      isIn[shopper[row]!] = 1;
    }
  const count = isIn.reduce((total, one) => total + one, 0);
  return (sums.reduce((total, one) => total + one * one, 0) * count) / (count - 1);
}
