import { probabilityOf, softplus } from '../scoring/log-odds.ts';

/** logit P(bought) = intercept + slope · log-odds: 0 and 1 where scores are calibrated. */
export interface CalibrationLine {
  readonly slope: number;
  readonly intercept: number;
}

/** Where the line cannot be told: one class, one score for all, or scores that separate the classes. */
export const NO_LINE: CalibrationLine = { slope: Number.NaN, intercept: Number.NaN };

/** Fits the line by maximum likelihood (Cox 1958, "Two further applications of a model for binary regression"), by damped Newton steps. */
export function fitCalibrationLine(logOdds: ArrayLike<number>, labels: ArrayLike<number>): CalibrationLine {
  if (!hasTwoClasses(labels) || isSeparated(logOdds, labels)) return NO_LINE;
  let line: CalibrationLine = { slope: 1, intercept: 0 };
  let loss = lossOf(line, logOdds, labels);
  for (let step = 0; step < 50; step++) {
    const { u0, u1, h00, h01, h11 } = lineScore(line, logOdds, labels);
    const determinant = h00 * h11 - h01 * h01;
    if (!(determinant > 1e-12 * h00 * h11)) return NO_LINE;
    const towards = { intercept: (h11 * u0 - h01 * u1) / determinant, slope: (h00 * u1 - h01 * u0) / determinant };
    const next = damped(line, towards, loss, logOdds, labels);
    const moved = Math.abs(next.line.slope - line.slope) + Math.abs(next.line.intercept - line.intercept);
    ({ line, loss } = next);
    if (moved < 1e-13 * (1 + Math.abs(line.slope) + Math.abs(line.intercept))) return line;
  }
  return line;
}

const hasTwoClasses = (labels: ArrayLike<number>): boolean =>
  Array.prototype.includes.call(labels, 0) && Array.prototype.includes.call(labels, 1);

/** Whether one cut tells buyers from others (equal scores at the cut included), so that the likelihood has no maximum. */
function isSeparated(logOdds: ArrayLike<number>, labels: ArrayLike<number>): boolean {
  const buyers = { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY };
  const others = { ...buyers };
  for (let row = 0; row < logOdds.length; row++) {
    const side = labels[row] === 1 ? buyers : others;
    side.low = Math.min(side.low, logOdds[row]!);
    side.high = Math.max(side.high, logOdds[row]!);
  }
  return others.high <= buyers.low || buyers.high <= others.low;
}

/** First and second derivatives of the log likelihood (the second with its sign turned). */
export interface LineScore {
  u0: number;
  u1: number;
  h00: number;
  h01: number;
  h11: number;
}

function lineScore({ slope, intercept }: CalibrationLine, logOdds: ArrayLike<number>, labels: ArrayLike<number>): LineScore {
  const score: LineScore = { u0: 0, u1: 0, h00: 0, h01: 0, h11: 0 };
  for (let row = 0; row < logOdds.length; row++) {
    const z = logOdds[row]!;
    const p = probabilityOf(intercept + slope * z);
    const residual = labels[row]! - p;
    const curvature = p * (1 - p);
    score.u0 += residual;
    score.u1 += residual * z;
    score.h00 += curvature;
    score.h01 += curvature * z;
    score.h11 += curvature * z * z;
  }
  return score;
}

function damped(
  from: CalibrationLine,
  towards: CalibrationLine,
  loss: number,
  logOdds: ArrayLike<number>,
  labels: ArrayLike<number>,
) {
  for (let length = 1; length > 1e-6; length /= 2) {
    const line = { slope: from.slope + length * towards.slope, intercept: from.intercept + length * towards.intercept };
    const candidate = lossOf(line, logOdds, labels);
    // The last steps gain less than the sum's rounding.
    if (candidate <= loss + 1e-12 * (1 + loss)) return { line, loss: candidate };
  }
  return { line: from, loss };
}

function lossOf({ slope, intercept }: CalibrationLine, logOdds: ArrayLike<number>, labels: ArrayLike<number>): number {
  let loss = 0;
  for (let row = 0; row < logOdds.length; row++) {
    const z = intercept + slope * logOdds[row]!;
    loss += labels[row] === 1 ? softplus(-z) : softplus(z);
  }
  return loss;
}
