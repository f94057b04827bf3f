import { logBeta } from './log-gamma.ts';

const MOST_TERMS = 200_000;
const TINY = 1e-300;

/**
 * I_x(a, b), the regularised incomplete beta function, for a, b > 0. `complement` is 1 − x and is given beside x, so that neither loses
 * digits near 0. Relative error about 1e-12.
 */
export function incompleteBeta(a: number, b: number, x: number, complement: number): number {
  if (x <= 0) return 0;
  if (complement <= 0) return 1;
  const front = Math.exp(a * logOf(x, complement) + b * logOf(complement, x) - logBeta(a, b));
  // The fraction converges fast on this side of the mean only.
  return x < (a + 1) / (a + b + 2) ? (front * fraction(a, b, x)) / a : 1 - (front * fraction(b, a, complement)) / b;
}

const logOf = (x: number, complement: number): number => (x > 0.5 ? Math.log1p(-complement) : Math.log(x));

/** DLMF 8.17.22, by Lentz's method. */
function fraction(a: number, b: number, x: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  const step = (numerator: number): number => {
    d = 1 / awayFromZero(1 + numerator * d);
    c = awayFromZero(1 + numerator / c);
    value *= c * d;
    return c * d;
  };
  for (let m = 1; m < MOST_TERMS; m++) {
    step((m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)));
    const change = step((-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)));
    if (Math.abs(change - 1) < 1e-16) break;
  }
  return value;
}

const awayFromZero = (value: number): number => (Math.abs(value) < TINY ? TINY : value);
