import { type Groups, groupsOf } from '../scoring/groups.ts';
import type { Random } from '../simulation/random.ts';
import { type EvaluatedScores, evaluateScores, metricsOnDraw } from './evaluated-scores.ts';
import { betterWhen, type Interval, type MetricName, metricNames } from './metric.ts';

export interface BootstrapOptions {
  /** The stream that redraws the shoppers. */
  readonly random: Random;
  /** Redraws of the shoppers; 1,000 unless told. */
  readonly replicates?: number;
}

/** The metrics of several models on the same redraws of the same shoppers, so that differences are paired. */
export interface Bootstrap {
  readonly replicates: number;
  metrics(model: number): Readonly<Record<MetricName, Interval>>;
  /** Metric of `a` minus metric of `b`. */
  difference(metric: MetricName, a: number, b: number): Interval;
}

/** Redraws shoppers with replacement (cluster bootstrap: Field & Welsh 2007) and evaluates every model on each draw. */
export function bootstrap(models: readonly EvaluatedScores[], { random, replicates = 1000 }: BootstrapOptions): Bootstrap {
  const shoppers = models[0]?.shoppers ?? 0;
  const points = models.map((model) => metricsOnDraw(model));
  const draws = models.map(
    () => Object.fromEntries(metricNames.map((name) => [name, new Float64Array(replicates)])) as Record<MetricName, Float64Array>,
  );
  // Several draws at a time for one model after the other, so that a model's rows stay in the cache.
  const atATime = Math.max(1, Math.floor(DRAW_BYTES / Math.max(1, shoppers)));
  for (let first = 0; first < replicates; first += atATime) {
    const counts = Array.from({ length: Math.min(atATime, replicates - first) }, () => drawShoppers(shoppers, random));
    for (const [m, model] of models.entries()) {
      for (const [i, ofDraw] of counts.entries()) {
        const metrics = metricsOnDraw(model, ofDraw);
        for (const name of metricNames) draws[m]![name][first + i] = metrics[name];
      }
    }
  }
  return {
    replicates,
    metrics: (model) =>
      Object.fromEntries(
        metricNames.map((name) => [name, intervalOf(name, points[model]![name], draws[model]![name])]),
      ) as Record<MetricName, Interval>,
    difference: (metric, a, b) =>
      percentileInterval(
        points[a]![metric] - points[b]![metric],
        draws[a]![metric].map((value, replicate) => value - draws[b]![metric][replicate]!),
      ),
  };
}

const DRAW_BYTES = 4_000_000;

/** How often each shopper is drawn, with replacement; Poisson(1) in the limit, so that a byte never overflows. */
export function drawShoppers(shoppers: number, random: Random): Uint8Array {
  const counts = new Uint8Array(shoppers);
  for (let draw = 0; draw < shoppers; draw++) counts[Math.floor(random.uniform() * shoppers)]!++;
  return counts;
}

/** 95 % intervals of all metrics of one model, by shopper. */
export function bootstrapMetrics(
  logOdds: ArrayLike<number>,
  labels: ArrayLike<number>,
  groups: ArrayLike<string | number>,
  options: BootstrapOptions,
): Readonly<Record<MetricName, Interval>> {
  return bootstrap([evaluateScores(logOdds, labels, groupsOf(groups))], options).metrics(0);
}

/** The paired 95 % interval of metric(a) − metric(b) on the same rows. */
export function pairedDifference(
  metric: MetricName,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  labels: ArrayLike<number>,
  groups: ArrayLike<string | number>,
  options: BootstrapOptions,
): Interval {
  const shoppers: Groups = groupsOf(groups);
  return bootstrap([evaluateScores(a, labels, shoppers), evaluateScores(b, labels, shoppers)], options).difference(metric, 0, 1);
}

/** Whether a difference a − b leaves open that a is as good as b: its interval does not lie wholly on the bad side. */
export const isNotWorse = (metric: MetricName, difference: Interval): boolean =>
  betterWhen[metric] === 'lower' ? difference.low <= 0 : difference.high >= 0;

/** Whether a is better than b: the interval of a − b lies wholly on the good side. */
export const isBetter = (metric: MetricName, difference: Interval): boolean =>
  betterWhen[metric] === 'lower' ? difference.high < 0 : difference.low > 0;

/** Replicates in which a metric does not exist (one class drawn) are left out; too many of them and there is no interval. */
const LARGEST_SHARE_UNDEFINED = 0.05;

function intervalOf(name: MetricName, value: number, replicates: Float64Array): Interval {
  return name === 'ece' ? calibrationErrorInterval(value, replicates) : percentileInterval(value, replicates);
}

/** The 95 % interval of an expected calibration error from its redraws. */
export function calibrationErrorInterval(value: number, replicates: Float64Array): Interval {
  const { low, high } = percentileInterval(value, replicates);
  // Noise adds to a bin's gap in squares, and each redraw adds as much again: squared replicates lie above the squared estimate by what it
  // lies above the truth. So squares are reflected about the estimate ("basic" bootstrap, Davison & Hinkley 1997, eq. 5.6).
  const reflected = (replicate: number) => Math.sqrt(Math.max(0, 2 * value * value - replicate * replicate));
  return { value, low: reflected(high), high: Math.max(value, reflected(low)) };
}

/** The 95 % interval of a figure from its redraws. */
export function percentileInterval(value: number, replicates: Float64Array): Interval {
  const known = replicates.filter((replicate) => !Number.isNaN(replicate)).sort();
  if (known.length < (1 - LARGEST_SHARE_UNDEFINED) * replicates.length) return { value, low: Number.NaN, high: Number.NaN };
  return { value, low: quantile(known, 0.025), high: quantile(known, 0.975) };
}

function quantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}
