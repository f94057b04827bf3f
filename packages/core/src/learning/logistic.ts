import { logOddsOf, probabilityOf, softplus } from '../scoring/log-odds.ts';
import { type DesignMatrix, openDesignMatrix } from './design-matrix.ts';
import { solvePositive } from './solve.ts';

/** A fitted logistic regression. */
export interface Logistic {
  readonly ridge: number;
  readonly coefficients: Float64Array;
  logOdds(rows: Float32Array, row: number): number;
}

/** What a regression is fitted on: rows laid out one after the other. */
export interface LogisticData {
  readonly rows: Float32Array;
  readonly featureCount: number;
  readonly labels: ArrayLike<number>;
}

/** Ridge strengths that are tried, in nats per squared standardised coefficient. */
const RIDGES = [1, 10, 100, 1000];
const ROWS_FOR_CHOICE = 5_000;

/**
 * Ridge logistic regression on standardised features with missing indicators: Newton's method (iteratively reweighted least squares)
 * with the Hessian kept over several steps. The ridge is the one that grouped folds prefer, on at most 5,000 rows. Deterministic.
 */
export function fitLogistic(data: LogisticData, use: Int32Array, folds: ArrayLike<number>): Logistic {
  return fitRidge(data, use, chooseRidge(data, use, folds));
}

function chooseRidge(data: LogisticData, use: Int32Array, folds: ArrayLike<number>): number {
  const every = Math.ceil(use.length / ROWS_FOR_CHOICE);
  const sample = use.filter((_, i) => i % every === 0);
  // A ridge counts against all rows; on a sample it weighs as much in proportion.
  const losses = RIDGES.map((ridge) => heldOutLoss(data, sample, folds, ridge / every));
  return RIDGES[losses.indexOf(Math.min(...losses))]!;
}

function heldOutLoss(data: LogisticData, use: Int32Array, folds: ArrayLike<number>, ridge: number): number {
  let loss = 0;
  for (const fold of new Set(Array.from(use, (row) => folds[row]!))) {
    const rest = use.filter((row) => folds[row] !== fold);
    if (rest.length === 0) return 0;
    const model = fitRidge(data, rest, ridge);
    for (const row of use) if (folds[row] === fold) loss += lossAt(model.logOdds(data.rows, row), data.labels[row]!);
  }
  return loss;
}

const lossAt = (z: number, label: number): number => (label === 1 ? softplus(-z) : softplus(z));

/** Fits at one ridge; the intercept is free. */
export function fitRidge(data: LogisticData, use: Int32Array, ridge: number): Logistic {
  const design = openDesignMatrix(data.rows, data.featureCount, use);
  const coefficients = minimise(data, use, design, ridge);
  const x = new Float64Array(design.width);
  return {
    ridge,
    coefficients,
    logOdds: (rows, row) => {
      design.write(rows, row, x);
      return dot(coefficients, x);
    },
  };
}

const STEPS = 60;
const FRESH_HESSIANS = 2;

function minimise(data: LogisticData, use: Int32Array, design: DesignMatrix, ridge: number): Float64Array {
  let point = new Float64Array(design.width);
  point[0] = logOddsOf((use.reduce((sum, row) => sum + data.labels[row]!, 0) + 0.5) / (use.length + 1));
  let { loss, gradient } = lossAndGradient(data, use, design, point, ridge);
  let hessian = new Float64Array();
  for (let step = 0; step < STEPS; step++) {
    if (step < FRESH_HESSIANS) hessian = hessianAt(data, use, design, point, ridge);
    const direction = solvePositive(Float64Array.from(hessian), gradient);
    const next = halved(data, use, design, point, direction, loss, ridge);
    if (next === undefined) break;
    const gain = loss - next.loss;
    point = next.point;
    ({ loss, gradient } = next);
    if (gain <= 1e-11 * (1 + loss)) break;
  }
  return point;
}

function halved(
  data: LogisticData,
  use: Int32Array,
  design: DesignMatrix,
  from: Float64Array,
  direction: Float64Array,
  loss: number,
  ridge: number,
) {
  for (let length = 1; length > 1e-4; length /= 2) {
    const point = from.map((value, i) => value - length * direction[i]!);
    const next = lossAndGradient(data, use, design, point, ridge);
    if (next.loss < loss) return { point, ...next };
  }
  return undefined;
}

function lossAndGradient(data: LogisticData, use: Int32Array, design: DesignMatrix, point: Float64Array, ridge: number) {
  const x = new Float64Array(design.width);
  const gradient = point.map((value, i) => (i === 0 ? 0 : ridge * value));
  let loss = 0;
  for (let i = 1; i < point.length; i++) loss += (ridge / 2) * point[i]! ** 2;
  for (const row of use) {
    design.write(data.rows, row, x);
    const z = dot(point, x);
    loss += lossAt(z, data.labels[row]!);
    const residual = probabilityOf(z) - data.labels[row]!;
    for (let i = 0; i < x.length; i++) gradient[i]! += residual * x[i]!;
  }
  return { loss, gradient };
}

function hessianAt(
  data: LogisticData,
  use: Int32Array,
  design: DesignMatrix,
  point: Float64Array,
  ridge: number,
): Float64Array<ArrayBuffer> {
  const n = design.width;
  const x = new Float64Array(n);
  const hessian = new Float64Array(n * n);
  for (let i = 1; i < n; i++) hessian[i * n + i] = ridge;
  for (const row of use) {
    design.write(data.rows, row, x);
    const p = probabilityOf(dot(point, x));
    const curvature = p * (1 - p);
    for (let i = 0; i < n; i++) {
      const scaled = curvature * x[i]!;
      if (scaled === 0) continue;
      for (let k = 0; k <= i; k++) hessian[i * n + k]! += scaled * x[k]!;
    }
  }
  return hessian;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
