import { logGamma } from './log-gamma.ts';

const MOST_TERMS = 100_000;
const TINY = 1e-300;

/** Q(a, x) = Γ(a, x) / Γ(a), the regularised upper incomplete gamma function, for a > 0 and x ≥ 0; relative error about 1e-13 for a ≤ 100. */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  return x < a + 1 ? 1 - bySeries(a, x) : byFraction(a, x);
}

/** P(a, x) = 1 − Q(a, x). */
export function lowerGamma(a: number, x: number): number {
  if (x <= 0) return 0;
  return x < a + 1 ? bySeries(a, x) : 1 - byFraction(a, x);
}

const front = (a: number, x: number): number => Math.exp(a * Math.log(x) - x - logGamma(a));

/** DLMF 8.11.4: P(a, x) = x^a e^−x / Γ(a) · Σ xᵏ / (a (a+1) … (a+k)). */
function bySeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let k = 1; k < MOST_TERMS && term > sum * 1e-17; k++) {
    term *= x / (a + k);
    sum += term;
  }
  return sum * front(a, x);
}

/** DLMF 8.9.2, the continued fraction of Q(a, x), by Lentz's method (Thompson and Barnett 1986). */
function byFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let value = d;
  for (let k = 1; k < MOST_TERMS; k++) {
    const numerator = -k * (k - a);
    b += 2;
    d = 1 / awayFromZero(numerator * d + b);
    c = awayFromZero(b + numerator / c);
    value *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return value * front(a, x);
}

const awayFromZero = (value: number): number => (Math.abs(value) < TINY ? TINY : value);
