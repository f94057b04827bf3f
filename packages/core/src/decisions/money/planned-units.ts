import type { Estimate } from '../../experiments/statistics/estimate.ts';
import { type Assurance, sequentialInflation, unitsNeeded } from '../../experiments/statistics/power.ts';
import { sayMore } from '../../experiments/statistics/say-verdict.ts';
import type { EffectOnTreated } from './effect-on-treated.ts';

/** What a line is planned to find. */
export interface PlanSettings {
  /** Smallest change of the margin a unit that is worth knowing, relative to the reference's margin a unit. */
  readonly smallestEffect: number;
  readonly assurance: Assurance;
  /** Units over both sides, where they were registered before the data. */
  readonly registeredUnits?: number;
}

/** How many units a plan asks for, and what lacks of them. */
export interface Missing {
  readonly plannedUnits: number;
  readonly unitsMore: number;
  /** Whole days at the pace so far; absent where there is no pace yet. */
  readonly daysMore?: number;
  /** `about 9 days and 21,000 shoppers more`. */
  readonly text: string;
}

const dayMs = 86_400_000;

/**
 * Units over both sides at which the smallest effect worth knowing is seen under daily looks with the power wanted: as registered, else from the spread
 * of the money so far. The effect seen so far has no part in it: its power would be the p-value said again (Hoenig and Heisey 2001).
 */
export function plannedUnits(
  margin: Estimate,
  sides: { readonly reference: Estimate; readonly treated: Estimate },
  { smallestEffect, assurance, registeredUnits }: PlanSettings,
): number {
  if (registeredUnits !== undefined) return registeredUnits;
  const wanted = smallestEffect * Math.abs(margin.mean);
  if (wanted === 0) return Number.POSITIVE_INFINITY;
  const ratio = sides.treated.n / sides.reference.n;
  const spread = { control: sides.reference.variance, treatment: sides.treated.variance, ratio };
  return Math.ceil(unitsNeeded(wanted, spread, assurance) * (1 + ratio) * sequentialInflation);
}

/** What lacks of the plan, at the pace at which units were booked so far. */
export function unitsMissing(effect: EffectOnTreated, spanMs: number, settings: PlanSettings): Missing {
  const seen = effect.treated + effect.reference;
  const planned = plannedUnits(effect.margin.reference, effect.net, settings);
  const unitsMore = Math.max(0, planned - seen);
  const days = unitsMore / (seen / Math.max(1, spanMs / dayMs));
  const daysMore = Number.isFinite(days) ? Math.ceil(days) : undefined;
  return {
    ...{ plannedUnits: planned, unitsMore, text: sayMore(unitsMore, daysMore) },
    ...(daysMore !== undefined && { daysMore }),
  };
}
