import type { Random } from './random.ts';

/** A whole number from 0 to `count` − 1, each as likely. */
export const below = (random: Random, count: number): number => Math.floor(random.uniform() * count);

/** Standard normal (Box and Muller, 1958; the second value is not kept, so that a draw depends on its own two numbers only). */
export const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(random.uniform())) * Math.cos(2 * Math.PI * random.uniform());

/** Exponential with mean 1. */
export const exponential = (random: Random): number => -Math.log(random.uniform());

/** Gamma with the given shape and scale 1 (Marsaglia and Tsang, ACM TOMS 26, 2000; shapes below 1 by their boost, section 6). */
export function gamma(random: Random, shape: number): number {
  if (shape < 1) return gamma(random, shape + 1) * random.uniform() ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(random.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Log-uniform between two positive bounds. */
export const logUniform = (random: Random, low: number, high: number): number => low * (high / low) ** random.uniform();

/** The running sums of weights, to be drawn from by `pick`. */
export function cumulate(weights: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(weights.length);
  let sum = 0;
  for (let at = 0; at < weights.length; at += 1) {
    sum += weights[at]!;
    sums[at] = sum;
  }
  return sums;
}

/** An index of [from, to) drawn in proportion to the weights behind the running sums; binary search. */
export function pick(random: Random, sums: Float64Array, from = 0, to = sums.length): number {
  const before = from === 0 ? 0 : sums[from - 1]!;
  return Math.min(to - 1, firstAbove(sums, before + random.uniform() * (sums[to - 1]! - before), from, to));
}

/** The first index of [from, to) whose value is above `mark`; `to` where none is. The values must not fall. */
export function firstAbove(values: Float64Array, mark: number, from = 0, to = values.length): number {
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (values[middle]! > mark) to = middle;
    else from = middle + 1;
  }
  return from;
}

/** P(Z ≤ z) of the standard normal, |error| < 7.5e-8 (Abramowitz and Stegun 26.2.17). */
export function normalCdf(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const upper = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * poly;
  return z > 0 ? 1 - upper : upper;
}
