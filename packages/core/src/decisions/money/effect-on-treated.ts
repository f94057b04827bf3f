import type { Estimate } from '../../experiments/statistics/estimate.ts';
import { isComparable, type RunningMoments, type RunningSide, type Stratum } from './running-side.ts';

/** What was earned by treating the units that were treated, before any interval. */
export interface EffectOnTreated {
  /** Units of comparable strata. */
  readonly treated: number;
  readonly reference: number;
  /** Units of strata in which the other side is missing. */
  readonly unmatched: number;
  /** Means a unit, the reference weighted as the treated lie in the strata. */
  readonly margin: Sides;
  readonly net: Sides;
  /** Spent on the treated, less what as many units of the reference cost. */
  readonly treatmentCents: number;
  readonly discountCents: number;
}

/** Reference and treated, as a test compares them. */
export interface Sides {
  readonly reference: Estimate;
  readonly treated: Estimate;
}

/**
 * The effect on the treated, stratum by stratum: Σ_s (N_s / N) (treated mean_s − reference mean_s), N_s treated units of stratum s (post-stratification,
 * Imbens and Rubin 2015, 9.4). Within a stratum chance alone decided, so changes of the split over time cannot pass for an effect.
 */
export function effectOnTreated(strata: readonly Stratum[]): EffectOnTreated {
  const compared = strata.filter(isComparable);
  const treated = sum(compared, (one) => one.treated.count);
  const reference = sum(compared, (one) => one.reference.count);
  const all = sum(strata, (one) => one.treated.count + one.reference.count);
  const sides = (of: (side: RunningSide) => RunningMoments): Sides => ({
    reference: estimate(compared, treated, reference, (one) => of(one.reference)),
    treated: estimate(compared, treated, treated, (one) => of(one.treated)),
  });
  const extra = (of: (side: RunningSide) => number): number =>
    sum(compared, (one) => of(one.treated) - (of(one.reference) / one.reference.count) * one.treated.count);
  return {
    ...{ treated, reference, unmatched: all - treated - reference },
    ...{ margin: sides(({ margin }) => margin), net: sides(({ net }) => net) },
    treatmentCents: extra(({ treatmentCents }) => treatmentCents),
    discountCents: extra(({ discountCents }) => discountCents),
  };
}

function estimate(strata: readonly Stratum[], treated: number, n: number, momentsOf: (one: Stratum) => RunningMoments): Estimate {
  let [mean, squaredError] = [0, 0];
  for (const one of strata) {
    const weight = one.treated.count / treated;
    const moments = momentsOf(one);
    mean += weight * moments.mean;
    squaredError += weight ** 2 * moments.squaredError;
  }
  return { n, mean, baseMean: mean, variance: squaredError * n };
}

const sum = (strata: readonly Stratum[], of: (one: Stratum) => number): number =>
  strata.reduce((total, one) => total + of(one), 0);
