import type { Groups } from '../scoring/groups.ts';
import { probabilityOf, softplus } from '../scoring/log-odds.ts';
import { type CalibrationLine, fitCalibrationLine, type LineScore, NO_LINE } from './calibration-line.ts';
import type { Metrics } from './metric.ts';
import { rankMetrics } from './rank-metrics.ts';
import { type RankedScores, rankScores } from './ranked-scores.ts';

/** One model's scores, prepared so that its metrics on any redraw of shoppers cost one walk over the rows and one over the shoppers. */
export interface EvaluatedScores {
  readonly ranked: RankedScores;
  readonly line: CalibrationLine;
  /** Sums a shopper: rows, positives, log loss, squared error, and the calibration line's derivatives u0 u1 h00 h01 h11 at `line`. */
  readonly sums: Float64Array;
  readonly shoppers: number;
}

const SUMS = 9;

/** Prepares a model's log-odds. */
export function evaluateScores(logOdds: ArrayLike<number>, labels: ArrayLike<number>, groups: Groups): EvaluatedScores {
  const line = fitCalibrationLine(logOdds, labels);
  const sums = new Float64Array(SUMS * groups.count);
  for (let row = 0; row < logOdds.length; row++) addRow(sums, SUMS * groups.code[row]!, logOdds[row]!, labels[row]!, line);
  return { ranked: rankScores(logOdds, labels, groups.code), line, sums, shoppers: groups.count };
}

function addRow(sums: Float64Array, at: number, z: number, label: number, line: CalibrationLine): void {
  const error = probabilityOf(z) - label;
  sums[at]! += 1;
  sums[at + 1]! += label;
  sums[at + 2]! += label === 1 ? softplus(-z) : softplus(z);
  sums[at + 3]! += error * error;
  const p = probabilityOf(line.intercept + line.slope * z);
  const curvature = p * (1 - p);
  sums[at + 4]! += label - p;
  sums[at + 5]! += (label - p) * z;
  sums[at + 6]! += curvature;
  sums[at + 7]! += curvature * z;
  sums[at + 8]! += curvature * z * z;
}

/** All metrics on a redraw: `counts[shopper]` is how often a shopper was drawn (absent: each once). */
export function metricsOnDraw(scores: EvaluatedScores, counts?: Uint8Array): Metrics {
  const total = totalOf(scores, counts);
  const line = counts === undefined ? scores.line : oneStep(scores.line, total);
  return {
    logLoss: total.logLoss / total.rows,
    brier: total.squaredError / total.rows,
    ...rankMetrics(scores.ranked, total, counts),
    calibrationSlope: line.slope,
    calibrationIntercept: line.intercept,
  };
}

/** Sums over the drawn shoppers; in local variables, because a bootstrap takes them a thousand times. */
function totalOf({ sums, shoppers }: EvaluatedScores, counts: Uint8Array | undefined) {
  let [rows, positives, logLoss, squaredError, u0, u1, h00, h01, h11] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (let shopper = 0, at = 0; shopper < shoppers; shopper++, at += SUMS) {
    const times = counts === undefined ? 1 : counts[shopper]!;
    rows += times * sums[at]!;
    positives += times * sums[at + 1]!;
    logLoss += times * sums[at + 2]!;
    squaredError += times * sums[at + 3]!;
    u0 += times * sums[at + 4]!;
    u1 += times * sums[at + 5]!;
    h00 += times * sums[at + 6]!;
    h01 += times * sums[at + 7]!;
    h11 += times * sums[at + 8]!;
  }
  return { rows, positives, logLoss, squaredError, u0, u1, h00, h01, h11 };
}

/** One Newton step from the line of all rows: the one-step bootstrap estimate, equal to the full refit to first order. */
function oneStep(line: CalibrationLine, { u0, u1, h00, h01, h11 }: LineScore): CalibrationLine {
  const determinant = h00 * h11 - h01 * h01;
  if (!(determinant > 0)) return NO_LINE;
  return {
    intercept: line.intercept + (h11 * u0 - h01 * u1) / determinant,
    slope: line.slope + (h00 * u1 - h01 * u0) / determinant,
  };
}
