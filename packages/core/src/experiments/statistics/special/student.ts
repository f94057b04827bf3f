import { incompleteBeta } from './incomplete-beta.ts';
import { logBeta } from './log-gamma.ts';
import { upperQuantile } from './normal.ts';

/** P(T > t) of Student's distribution with any df > 0: ½ I_x(df/2, ½) at x = df / (df + t²), Abramowitz and Stegun 26.7.1. */
export function studentUpper(t: number, df: number): number {
  if (t < 0) return 1 - studentUpper(-t, df);
  if (t * t === Number.POSITIVE_INFINITY) return 0;
  return incompleteBeta(df / 2, 0.5, df / (df + t * t), (t * t) / (df + t * t)) / 2;
}

/** The t with P(T > t) = tail, for 0 < tail < 1. */
export function studentUpperQuantile(tail: number, df: number): number {
  if (tail > 0.5) return -studentUpperQuantile(1 - tail, df);
  // The tail is convex and the normal's lies below it, so that Newton's steps rise to the root and never pass it.
  let t = upperQuantile(tail);
  for (let step = 0; step < 200; step++) {
    const next = t + (studentUpper(t, df) - tail) / density(t, df);
    if (!(next > t * (1 + 1e-15))) break;
    t = next;
  }
  return t;
}

const density = (t: number, df: number): number =>
  Math.exp(-0.5 * (df + 1) * Math.log1p((t * t) / df) - logBeta(df / 2, 0.5)) / Math.sqrt(df);
