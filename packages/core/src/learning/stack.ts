import { logOddsOf, probabilityOf, softplus } from '../scoring/log-odds.ts';
import { solvePositive } from './solve.ts';

/** A non-negative logistic regression of labels, or of another ensemble's probabilities, on the members' log-odds. */
export interface Stack {
  readonly intercept: number;
  /** One a member, ≥ 0; their sum is the slope of the blend, their shares its weights. */
  readonly coefficients: Float64Array;
}

/** The rows a stack is fitted on: one list of log-odds a member. */
export interface StackSample {
  readonly members: readonly Float64Array[];
  /** 0 to 1. */
  readonly labels: ArrayLike<number>;
  /** 0 leaves a row out. */
  readonly keep?: Uint8Array;
}

/**
 * Minimises log loss + (evenness / 2) Σ (v − mean v)² over v ≥ 0 and the intercept: stacked generalisation with non-negative weights
 * (Breiman 1996, "Stacked regressions"), pulled to equal ones. Convex; solved by projected Newton steps (Bertsekas 1982).
 */
export function fitStack(sample: StackSample, evenness: number): Stack {
  const size = sample.members.length;
  let point = start(sample);
  let loss = objective(sample, point, evenness);
  for (let step = 0; step < 100; step++) {
    const { gradient, hessian } = derivatives(sample, point, evenness);
    // A coefficient at its bound moves only if the data pull it inwards.
    const isHeld = Array.from({ length: size + 1 }, (_, i) => i > 0 && point[i]! <= 0 && gradient[i]! > 0);
    for (let i = 0; i <= size; i++) if (isHeld[i]) release(hessian, gradient, i);
    const direction = solvePositive(hessian, gradient);
    const next = projected(sample, point, direction, loss, evenness);
    const gain = loss - next.loss;
    point = next.point;
    loss = next.loss;
    if (gain <= 1e-12 * (1 + Math.abs(loss))) break;
  }
  return { intercept: point[0]!, coefficients: point.slice(1) };
}

/** The stack's log-odds of one row. */
export function stackedLogOdds({ intercept, coefficients }: Stack, members: readonly Float64Array[], row: number): number {
  let z = intercept;
  for (let m = 0; m < members.length; m++) z += coefficients[m]! * members[m]![row]!;
  return z;
}

function start({ members, labels, keep }: StackSample): Float64Array {
  let rows = 0;
  let positives = 0;
  for (let row = 0; row < labels.length; row++) {
    if (keep?.[row] === 0) continue;
    rows++;
    positives += labels[row]!;
  }
  return Float64Array.from({ length: members.length + 1 }, (_, i) => (i === 0 ? logOddsOf((positives + 0.5) / (rows + 1)) : 0));
}

function release(hessian: Float64Array, gradient: Float64Array, i: number): void {
  const n = gradient.length;
  gradient[i] = 0;
  for (let k = 0; k < n; k++) hessian[i * n + k] = hessian[k * n + i] = k === i ? 1 : 0;
}

function derivatives({ members, labels, keep }: StackSample, point: Float64Array, evenness: number) {
  const n = point.length;
  const gradient = new Float64Array(n);
  const hessian = new Float64Array(n * n);
  const x = new Float64Array(n).fill(1);
  for (let row = 0; row < labels.length; row++) {
    if (keep?.[row] === 0) continue;
    let z = point[0]!;
    for (let m = 1; m < n; m++) {
      x[m] = members[m - 1]![row]!;
      z += point[m]! * x[m]!;
    }
    const p = probabilityOf(z);
    for (let i = 0; i < n; i++) {
      gradient[i]! += (p - labels[row]!) * x[i]!;
      for (let k = 0; k <= i; k++) hessian[i * n + k]! += p * (1 - p) * x[i]! * x[k]!;
    }
  }
  addEvenness(point, evenness, gradient, hessian);
  return { gradient, hessian };
}

function addEvenness(point: Float64Array, evenness: number, gradient: Float64Array, hessian: Float64Array): void {
  const n = point.length;
  const mean = meanCoefficient(point);
  for (let i = 1; i < n; i++) {
    gradient[i]! += evenness * (point[i]! - mean);
    for (let k = 1; k <= i; k++) hessian[i * n + k]! += evenness * ((i === k ? 1 : 0) - 1 / (n - 1));
  }
}

const meanCoefficient = (point: Float64Array): number => point.subarray(1).reduce((sum, v) => sum + v, 0) / (point.length - 1);

function projected(sample: StackSample, from: Float64Array, direction: Float64Array, loss: number, evenness: number) {
  for (let length = 1; length > 1e-9; length /= 2) {
    const point = from.map((value, i) =>
      i === 0 ? value - length * direction[i]! : Math.max(0, value - length * direction[i]!),
    );
    const candidate = objective(sample, point, evenness);
    if (candidate < loss) return { point, loss: candidate };
  }
  return { point: from, loss };
}

function objective({ members, labels, keep }: StackSample, point: Float64Array, evenness: number): number {
  const stack = { intercept: point[0]!, coefficients: point.subarray(1) };
  const mean = meanCoefficient(point);
  let loss = (evenness / 2) * stack.coefficients.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  for (let row = 0; row < labels.length; row++) {
    if (keep?.[row] === 0) continue;
    const z = stackedLogOdds(stack, members, row);
    loss += labels[row] === 1 ? softplus(-z) : softplus(z) - labels[row]! * z;
  }
  return loss;
}
