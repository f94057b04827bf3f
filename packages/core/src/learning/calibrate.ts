import { TillcastError } from '../errors/tillcast-error.ts';
import type { Blend } from '../scoring/ensemble.ts';
import { logOddsOf, probabilityOf, softplus } from '../scoring/log-odds.ts';

export interface PlattOptions {
  /** How much each row counts; 1 unless told. */
  readonly weights?: ArrayLike<number>;
  /** The shopper's number of each row: rows of one shopper say less than as many shoppers, and the evidence is counted accordingly. */
  readonly groups?: Int32Array;
  /** Rate of the exponential prior on the standardised slope; 0 gives plain Platt. */
  readonly priorRate?: number;
}

/**
 * The prior's strength. The slope per standard deviation of scores has an exponential prior with this rate, so that its MAP estimate is
 * pulled to zero by a fixed number of nats, whatever the data's size. At a slope of zero the score statistic of a worthless model has
 * the standard deviation √positives: 10 = 2 √25 silences noise 39 times in 40 at 25 positives, the fewest that are trained on, while
 * a slope of 1 keeps 60 % there, 90 % at 100 positives and 99 % at 1,000.
 */
export const PRIOR_RATE = 10;

/** Served scores keep their order even where nothing was learnt: a spread of this many log-odds per standard deviation remains. */
const SMALLEST_SLOPE = 1e-3;

/**
 * Platt calibration (Platt 1999) with a positive slope, shrunk to the base rate where positives are few: served = intercept + slope · log-odds.
 * The maximum a posteriori line under PRIOR_RATE; with plenty of data it is plain Platt.
 */
export function fitPlatt(logOdds: ArrayLike<number>, labels: ArrayLike<number>, options: PlattOptions = {}): Blend['platt'] {
  const sample = standardise(logOdds, labels, options.weights);
  const rate = options.priorRate ?? PRIOR_RATE;
  const penalty = rate === 0 ? 0 : rate * designEffect(sample, options.groups);
  const line = maximisePosterior(sample, penalty);
  const slope = line.slope / sample.deviation;
  return { slope, intercept: line.intercept - slope * sample.mean };
}

interface Sample {
  /** Scores with mean 0 and deviation 1. */
  readonly u: Float64Array;
  readonly labels: ArrayLike<number>;
  readonly weights: ArrayLike<number> | undefined;
  readonly mean: number;
  readonly deviation: number;
  readonly rate: number;
}

function standardise(logOdds: ArrayLike<number>, labels: ArrayLike<number>, weights: ArrayLike<number> | undefined): Sample {
  let [total, positives, sum, squares] = [0, 0, 0, 0];
  for (let row = 0; row < logOdds.length; row++) {
    const weight = weights?.[row] ?? 1;
    total += weight;
    positives += weight * labels[row]!;
    sum += weight * logOdds[row]!;
  }
  const mean = sum / total;
  if (!Number.isFinite(mean))
    throw new TillcastError(
      'INPUT_INVALID',
      `calibration needs finite log-odds; their mean is ${mean} over ${logOdds.length} rows`,
    );
  if (positives <= 0 || positives >= total)
    throw new TillcastError('ONE_CLASS', `calibration needs buyers and non-buyers; ${positives} of ${total} rows bought`);
  for (let row = 0; row < logOdds.length; row++) squares += (weights?.[row] ?? 1) * (logOdds[row]! - mean) ** 2;
  const deviation = Math.sqrt(squares / total) || 1;
  const u = Float64Array.from(logOdds, (z) => (z - mean) / deviation);
  return { u, labels, weights, mean, deviation, rate: positives / total };
}

/**
 * How many times too large the evidence looks when rows of one shopper are taken for independent: the variance of the slope's score at
 * slope zero summed by shopper, over the same summed by row (Kish's design effect); at least 1.
 */
function designEffect({ u, labels, weights, rate }: Sample, groups: Int32Array | undefined): number {
  if (groups === undefined) return 1;
  const byShopper = new Map<number, number>();
  let byRow = 0;
  for (let row = 0; row < u.length; row++) {
    const score = (weights?.[row] ?? 1) * (labels[row]! - rate) * u[row]!;
    byRow += score * score;
    byShopper.set(groups[row]!, (byShopper.get(groups[row]!) ?? 0) + score);
  }
  let clustered = 0;
  for (const score of byShopper.values()) clustered += score * score;
  return byRow > 0 ? Math.max(1, clustered / byRow) : 1;
}

interface Line {
  readonly intercept: number;
  readonly slope: number;
}

/** Newton steps with halving on a convex objective; the slope stays at its floor while the data do not pull it up. */
function maximisePosterior(sample: Sample, penalty: number): Line {
  let line: Line = { intercept: logOddsOf(sample.rate), slope: SMALLEST_SLOPE };
  let loss = objective(sample, line, penalty);
  for (let step = 0; step < 100; step++) {
    const towards = newtonStep(sample, line, penalty);
    const next = halved(sample, line, towards, loss, penalty);
    const gain = loss - next.loss;
    ({ line, loss } = next);
    if (gain <= 1e-13 * (1 + Math.abs(loss))) return line;
  }
  return line;
}

function newtonStep({ u, labels, weights }: Sample, line: Line, penalty: number): Line {
  let [g0, g1, h00, h01, h11] = [0, penalty, 0, 0, 0];
  for (let row = 0; row < u.length; row++) {
    const weight = weights?.[row] ?? 1;
    const p = probabilityOf(line.intercept + line.slope * u[row]!);
    const residual = weight * (p - labels[row]!);
    const curvature = weight * p * (1 - p);
    g0 += residual;
    g1 += residual * u[row]!;
    h00 += curvature;
    h01 += curvature * u[row]!;
    h11 += curvature * u[row]! * u[row]!;
  }
  const determinant = h00 * h11 - h01 * h01;
  const held = (line.slope <= SMALLEST_SLOPE && g1 >= 0) || !(determinant > 1e-14 * h00 * h11);
  if (held) return { intercept: -g0 / h00, slope: 0 };
  return { intercept: (h01 * g1 - h11 * g0) / determinant, slope: (h01 * g0 - h00 * g1) / determinant };
}

function halved(sample: Sample, from: Line, towards: Line, loss: number, penalty: number): { line: Line; loss: number } {
  for (let length = 1; length > 1e-9; length /= 2) {
    const line = {
      intercept: from.intercept + length * towards.intercept,
      slope: Math.max(SMALLEST_SLOPE, from.slope + length * towards.slope),
    };
    const candidate = objective(sample, line, penalty);
    if (candidate < loss) return { line, loss: candidate };
  }
  return { line: from, loss };
}

function objective({ u, labels, weights }: Sample, { intercept, slope }: Line, penalty: number): number {
  let loss = penalty * slope;
  for (let row = 0; row < u.length; row++) {
    const z = intercept + slope * u[row]!;
    loss += (weights?.[row] ?? 1) * (labels[row] === 1 ? softplus(-z) : softplus(z));
  }
  return loss;
}
