import type { Groups } from '../scoring/groups.ts';
import { probabilityOf, softplus } from '../scoring/log-odds.ts';
import { type CalibrationLine, fitCalibrationLine, NO_LINE } from './calibration-line.ts';
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
export function metricsOnDraw(scores: EvaluatedScores, counts?: Float64Array): Metrics {
  const total = new Float64Array(SUMS);
  for (let shopper = 0; shopper < scores.shoppers; shopper++) {
    const times = counts === undefined ? 1 : counts[shopper]!;
    if (times === 0) continue;
    const at = SUMS * shopper;
    for (let k = 0; k < SUMS; k++) total[k]! += times * scores.sums[at + k]!;
  }
  const rows = total[0]!;
  const positives = total[1]!;
  const line = counts === undefined ? scores.line : oneStep(scores.line, total);
  return {
    logLoss: total[2]! / rows,
    brier: total[3]! / rows,
    ...rankMetrics(scores.ranked, { rows, positives }, counts),
    calibrationSlope: line.slope,
    calibrationIntercept: line.intercept,
  };
}

/** One Newton step from the line of all rows: the one-step bootstrap estimate, equal to the full refit to first order. */
function oneStep(line: CalibrationLine, [, , , , u0, u1, h00, h01, h11]: Float64Array): CalibrationLine {
  const determinant = h00! * h11! - h01! * h01!;
  if (!(determinant > 0)) return NO_LINE;
  return {
    intercept: line.intercept + (h11! * u0! - h01! * u1!) / determinant,
    slope: line.slope + (h00! * u1! - h01! * u0!) / determinant,
  };
}
