import type { Random } from '../simulation/random.ts';
import type { ExplainedRows } from './explained-rows.ts';

/** How much a feature moves answers: mean |contribution| in log-odds with its 95 % interval. */
export interface Importance {
  readonly feature: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface ImportanceSettings {
  readonly random: Random;
  /** Redraws of the rows; 500 unless told. */
  readonly replicates?: number;
}

/** Mean |SHAP| a feature, largest first; percentile bootstrap over rows (Efron & Tibshirani 1993, ch. 13), all features on the same redraws. */
export function globalImportance(
  { width, count, contributions }: ExplainedRows,
  { random, replicates = 500 }: ImportanceSettings,
): readonly Importance[] {
  const absolute = contributions.map(Math.abs);
  const means = weightedMeans(absolute, width, new Float64Array(count).fill(1));
  const draws = Array.from({ length: replicates }, () => weightedMeans(absolute, width, redraw(count, random)));
  return Array.from(means, (value, feature) => {
    const sorted = Float64Array.from(draws, (draw) => draw[feature]!).sort();
    return { feature, value, low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) };
  }).sort((a, b) => b.value - a.value || a.feature - b.feature);
}

function redraw(count: number, random: Random): Float64Array {
  const times = new Float64Array(count);
  for (let draw = 0; draw < count; draw++) times[Math.floor(random.uniform() * count)]!++;
  return times;
}

function weightedMeans(values: Float64Array, width: number, times: Float64Array): Float64Array {
  const sums = new Float64Array(width);
  for (let row = 0; row < times.length; row++) {
    const weight = times[row]!;
    if (weight !== 0) for (let j = 0; j < width; j++) sums[j]! += weight * values[row * width + j]!;
  }
  return sums.map((sum) => (times.length === 0 ? 0 : sum / times.length));
}

function quantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}
