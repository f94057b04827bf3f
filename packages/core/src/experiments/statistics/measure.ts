import { sumByCluster } from './clusters.ts';
import { adjustedEstimate, pooledTheta } from './cuped.ts';
import { type Estimate, meanEstimate, ratioEstimate } from './estimate.ts';
import { type ColumnKind, leftOut, type Moments, momentsByGroup } from './moments.ts';
import type { MetricShape } from './plan.ts';
import { clusterInflation, isQuantileKnown, quantileEstimate, quantileParts } from './quantile-estimate.ts';
import type { Units } from './units.ts';
import { pooledCap, winsorise } from './winsorise.ts';

/** Rows that count, and the columns they have. */
export interface Counted extends Pick<Units, 'arms' | 'columns' | 'cluster'> {
  /** Arm of each row, or `leftOut`. */
  readonly arm: Uint8Array;
}

/** A metric in every arm. */
export interface Measured {
  /** Parallel to the arms. */
  readonly estimates: readonly Estimate[];
  /** Where values were capped, of a winsorised metric. */
  readonly cap?: number;
  /** Control and an arm, adjusted by covariates whose θ is pooled over the two. */
  adjust?(arm: number): readonly [control: Estimate, treatment: Estimate];
}

/** Why a metric cannot be measured. */
export interface Unmeasured {
  readonly reason: string;
}

/** Measures a metric in every arm; covariates are names of columns without gaps and do not go with ratios, quantiles or clusters. */
export function measure(counted: Counted, shape: MetricShape, covariates: readonly string[]): Measured | Unmeasured {
  const needed = shape.kind === 'ratio' ? [shape.numerator, shape.denominator] : [shape.column];
  for (const name of needed) {
    const reason = whyUnusable(counted, name);
    if (reason !== undefined) return { reason };
  }
  if (shape.kind === 'quantile') return measureQuantile(counted, shape.column, shape.level);
  if (shape.kind === 'ratio') return measureRatio(counted, shape.numerator, shape.denominator);
  const column = counted.columns.get(shape.column)!;
  if (shape.cap === undefined) return measureMean(counted, column, shape.kind, covariates);
  const cap = pooledCap(column, counted.arm, shape.cap.level, shape.cap.isPositiveOnly);
  return { ...measureMean(counted, winsorise(column, cap), shape.kind, covariates), cap: cap.value };
}

function whyUnusable({ columns, arm }: Counted, name: string): string | undefined {
  const column = columns.get(name);
  if (column === undefined) return `the table has no column "${name}"`;
  let unknown = 0;
  for (let row = 0; row < arm.length; row++) if (arm[row] !== leftOut && Number.isNaN(column[row])) unknown++;
  return unknown === 0 ? undefined : `${unknown} units have no value of "${name}"; write 0 where nothing happened`;
}

function measureMean(counted: Counted, column: Float64Array, kind: ColumnKind, covariates: readonly string[]): Measured {
  const { arms, arm, cluster, columns } = counted;
  if (cluster !== undefined) return { estimates: clusterRatios(counted, column, undefined) };
  const others = covariates.map((name) => columns.get(name)!);
  const moments = momentsByGroup([column, ...others], arm, arms.length);
  const estimates = moments.map((one) => meanEstimate(one, 0, kind));
  if (covariates.length === 0) return { estimates };
  return { estimates, adjust: (treatment) => adjustPair(moments[0]!, moments[treatment]!, kind, covariates.length) };
}

function adjustPair(control: Moments, treatment: Moments, kind: ColumnKind, covariates: number): readonly [Estimate, Estimate] {
  const outcome = { column: 0, kind };
  const with_ = Array.from({ length: covariates }, (_, i) => ({ column: i + 1, kind: 'mean' as const }));
  const theta = pooledTheta([control, treatment], outcome, with_);
  const centre = with_.map(
    ({ column }) => (control.n * control.means[column]! + treatment.n * treatment.means[column]!) / (control.n + treatment.n),
  );
  const adjusted = (arm: Moments) => adjustedEstimate(arm, outcome, with_, theta, centre);
  return [adjusted(control), adjusted(treatment)];
}

function measureRatio(counted: Counted, numerator: string, denominator: string): Measured | Unmeasured {
  const [m, d] = [numerator, denominator].map((name) => counted.columns.get(name)!);
  const estimates =
    counted.cluster === undefined
      ? momentsByGroup([m!, d!], counted.arm, counted.arms.length).map(ratioOfColumns)
      : clusterRatios(counted, m!, d);
  const empty = estimates.findIndex(({ n, variance, mean }) => n > 1 && variance === 0 && mean === 0);
  return empty < 0 ? { estimates } : { reason: `the denominator "${denominator}" is 0 for all of ${counted.arms[empty]}` };
}

const mean = (column: number) => ({ column, kind: 'mean' as const });
const ratioOfColumns = (moments: Moments): Estimate => ratioEstimate(moments, mean(0), mean(1));

/** Σ m / Σ d over clusters by the delta method; without d, a mean per unit. */
function clusterRatios({ arms, arm, cluster }: Counted, m: Float64Array, d: Float64Array | undefined): Estimate[] {
  const summed = sumByCluster(cluster!, arm, d === undefined ? [m] : [m, d]);
  const [top, bottom] = d === undefined ? [summed.columns[0]!, summed.sizes] : [summed.columns[0]!, summed.columns[1]!];
  return momentsByGroup([top, bottom], summed.arm, arms.length).map(ratioOfColumns);
}

function measureQuantile(counted: Counted, name: string, level: number): Measured | Unmeasured {
  const column = counted.columns.get(name)!;
  const estimates: Estimate[] = [];
  for (const [number, arm] of counted.arms.entries()) {
    const sorted = column.filter((_, row) => counted.arm[row] === number).sort();
    if (sorted.length > 0 && !isQuantileKnown(sorted.length, level))
      return { reason: `${sorted.length} units in ${arm} are too few for the quantile ${level}` };
    const parts = quantileParts(sorted, level);
    const inflation = counted.cluster === undefined ? 1 : inflationOf(counted, column, number, parts.value, level, parts.n);
    estimates.push(quantileEstimate(parts, inflation));
  }
  return { estimates };
}

function inflationOf(counted: Counted, column: Float64Array, arm: number, value: number, level: number, n: number): number {
  const below = Float64Array.from(column, (one) => Number(one <= value));
  const ofArm = counted.arm.map((one) => (one === arm ? 0 : leftOut));
  const { columns, sizes, arm: kept } = sumByCluster(counted.cluster!, ofArm, [below]);
  const sums = { clusters: 0, below: 0, belowSquares: 0, count: 0, countSquares: 0, products: 0 };
  for (const [number, s] of columns[0]!.entries()) {
    if (kept[number] === leftOut) continue;
    const c = sizes[number]!;
    sums.clusters++;
    sums.below += s;
    sums.belowSquares += s * s;
    sums.count += c;
    sums.countSquares += c * c;
    sums.products += s * c;
  }
  return clusterInflation(sums, level, n);
}
