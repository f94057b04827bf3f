import { upperGamma } from './incomplete-gamma.ts';

/** The density of the standard normal at z. */
export const normalDensity = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

/** P(Z > z) of the standard normal, relative error about 1e-13 also far out: ½ Q(½, z²/2), DLMF 7.11.2. */
export const normalUpper = (z: number): number => (z < 0 ? 1 - normalUpper(-z) : upperGamma(0.5, (z * z) / 2) / 2);

/** P(Z ≤ z) of the standard normal. */
export const normalCdf = (z: number): number => normalUpper(-z);

/** The z with P(Z ≤ z) = p, for 0 < p < 1 (±∞ at the ends). */
export function normalQuantile(p: number): number {
  if (!(p > 0)) return Number.NEGATIVE_INFINITY;
  if (p >= 1) return Number.POSITIVE_INFINITY;
  if (p > 0.5) return -normalQuantile(1 - p);
  return -upperQuantile(p);
}

/** The z with P(Z > z) = tail, for 0 < tail < 1; keeps its digits where 1 − tail would lose them. A rational start, then Halley’s method. */
export function upperQuantile(tail: number): number {
  if (tail > 0.5) return -upperQuantile(1 - tail);
  let z = start(tail);
  for (let step = 0; step < 3; step++) {
    const error = (normalUpper(z) - tail) / normalDensity(z);
    z += error / (1 - (z * error) / 2);
  }
  return z;
}

/** Abramowitz and Stegun 26.2.23, |error| < 4.5e-4. */
function start(tail: number): number {
  const t = Math.sqrt(-2 * Math.log(tail));
  return t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
}
