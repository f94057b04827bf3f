import { sumByCluster } from './clusters.ts';
import { adjustedEstimate, pooledTheta } from './cuped.ts';
import { type Estimate, meanEstimate } from './estimate.ts';
import { type Figure, firstEstimate, linearised } from './linearised.ts';
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

/** Measures a metric in every arm; covariates are names of columns without gaps and do not go with quantiles. */
export function measure(counted: Counted, shape: MetricShape, covariates: readonly string[]): Measured | Unmeasured {
  const needed = shape.kind === 'ratio' ? [shape.numerator, shape.denominator] : [shape.column];
  for (const name of needed) {
    const reason = whyUnusable(counted, name);
    if (reason !== undefined) return { reason };
  }
  if (shape.kind === 'quantile') return measureQuantile(counted, shape.column, shape.level);
  if (shape.kind === 'ratio') return measureRatio(counted, shape.numerator, shape.denominator, covariates);
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
  if (cluster !== undefined) return measureByCluster(counted, column, undefined, covariates);
  const others = covariates.map((name) => columns.get(name)!);
  const moments = momentsByGroup([column, ...others], arm, arms.length);
  const estimates = moments.map((one) => meanEstimate(one, 0, kind));
  if (covariates.length === 0) return { estimates };
  return { estimates, adjust: (treatment) => adjustPair(moments[0]!, moments[treatment]!, kind, covariates.length) };
}

/** Column 0 of both arms less θ · their covariates, which are the columns after it. */
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

/** Figures of each arm's sums, ratios by their linear parts; the first is the metric, the others its covariates. */
function measureFigures(moments: readonly Moments[], figures: readonly Figure[]): Measured {
  const linear = moments.map((one) => linearised(one, figures));
  const estimates = linear.map(firstEstimate);
  if (figures.length === 1) return { estimates };
  return { estimates, adjust: (treatment) => adjustPair(linear[0]!, linear[treatment]!, 'mean', figures.length - 1) };
}

function measureRatio(
  counted: Counted,
  numerator: string,
  denominator: string,
  covariates: readonly string[],
): Measured | Unmeasured {
  const [m, d, ...others] = [numerator, denominator, ...covariates].map((name) => counted.columns.get(name)!);
  const measured =
    counted.cluster === undefined
      ? measureFigures(momentsByGroup([m!, d!, ...others], counted.arm, counted.arms.length), [
          { numerator: 0, denominator: 1 },
          ...others.map((_, i) => ({ numerator: i + 2 })),
        ])
      : measureByCluster(counted, m!, d, covariates);
  const empty = measured.estimates.findIndex(({ n, variance, mean }) => n > 1 && variance === 0 && mean === 0);
  return empty < 0 ? measured : { reason: `the denominator "${denominator}" is 0 for all of ${counted.arms[empty]}` };
}

/** Σ m / Σ d over clusters by the delta method; without d, a mean per unit. Covariates are means per unit too, over the same clusters. */
function measureByCluster(
  { arms, arm, cluster, columns }: Counted,
  m: Float64Array,
  d: Float64Array | undefined,
  covariates: readonly string[],
): Measured {
  const others = covariates.map((name) => columns.get(name)!);
  const summed = sumByCluster(cluster!, arm, d === undefined ? [m, ...others] : [m, d, ...others]);
  const first = d === undefined ? 1 : 2;
  const sizes = summed.columns.length;
  const moments = momentsByGroup([...summed.columns, summed.sizes], summed.arm, arms.length);
  return measureFigures(moments, [
    { numerator: 0, denominator: d === undefined ? sizes : 1 },
    ...others.map((_, i) => ({ numerator: first + i, denominator: sizes })),
  ]);
}

/** The mean of a column in each arm, with clusters as the independent things where units come in clusters. */
export const columnEstimates = (counted: Counted, column: Float64Array): readonly Estimate[] =>
  measureMean(counted, column, 'mean', []).estimates;

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
