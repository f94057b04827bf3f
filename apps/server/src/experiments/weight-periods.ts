import { type ExperimentUnit, heldOut } from '@tillcast/core/experiments/unit-table';
import type { ExperimentRevision } from '@tillcast/core/ports/experiment-store';
import { readExperiment } from './read-experiment.ts';

/** From when on which weights held, parallel to the variants. */
export interface WeightPeriod {
  readonly fromMs: number;
  readonly weights: readonly number[];
}

/** The periods of an experiment's weights since it was started, the first first; equal neighbours are one. */
export function weightPeriods(history: readonly ExperimentRevision[]): readonly WeightPeriod[] {
  const periods: WeightPeriod[] = [];
  for (const { state, config, atMs } of history) {
    if (state !== 'running') continue;
    const weights = readExperiment(config).experiment?.weights;
    if (weights === undefined || JSON.stringify(weights) === JSON.stringify(periods.at(-1)?.weights)) continue;
    periods.push({ fromMs: atMs, weights });
  }
  return periods;
}

/** The split that units were designed to have: each period's weights, by the units first exposed in it. */
export function designedWeights(
  periods: readonly WeightPeriod[],
  units: readonly ExperimentUnit[],
): readonly number[] | undefined {
  if (periods.length < 2) return periods[0]?.weights;
  const counts = periods.map(() => 0);
  for (const { variant, exposedAtMs } of units) {
    if (variant === heldOut) continue;
    const period = periods.findLastIndex(({ fromMs }) => fromMs <= exposedAtMs);
    counts[Math.max(0, period)]!++;
  }
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all === 0) return periods.at(-1)!.weights;
  return periods[0]!.weights.map((_, v) => periods.reduce((sum, { weights }, p) => sum + (weights[v]! * counts[p]!) / all, 0));
}
