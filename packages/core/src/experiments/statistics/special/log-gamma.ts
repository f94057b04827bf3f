/** Where Stirling's series is exact to the last bits; below, the argument is raised. */
const SERIES_FROM = 10;

/**
 * What ln Γ(x) has beyond (x − ½) ln x − x + ½ ln 2π, for x ≥ 10: Stirling's series (DLMF 5.11.1) to its ninth term, error < 1e-18.
 * Differences of large ln Γ are built from it, for the large terms would cancel.
 */
export function stirlingRemainder(x: number): number {
  const square = 1 / (x * x);
  let sum = 0;
  for (let term = COEFFICIENTS.length - 1; term >= 0; term--) sum = sum * square + COEFFICIENTS[term]!;
  return sum / x;
}

const COEFFICIENTS = [
  1 / 12,
  -1 / 360,
  1 / 1260,
  -1 / 1680,
  1 / 1188,
  -691 / 360_360,
  1 / 156,
  -3617 / 122_400,
  43_867 / 244_188,
] as const;

const HALF_LOG_TWO_PI = 0.9189385332046728;

/** ln Γ(x) for x > 0, relative error about 1e-15. */
export function logGamma(x: number): number {
  let product = 1;
  while (x < SERIES_FROM) {
    product *= x;
    x += 1;
  }
  return (x - 0.5) * Math.log(x) - x + HALF_LOG_TWO_PI + stirlingRemainder(x) - Math.log(product);
}

/** ln B(a, b) for a, b > 0, without the cancellation of three large ln Γ (the way of R's `lbeta`). */
export function logBeta(a: number, b: number): number {
  const small = Math.min(a, b);
  const large = Math.max(a, b);
  if (large < SERIES_FROM) return logGamma(small) + logGamma(large) - logGamma(small + large);
  const remainder = stirlingRemainder(large) - stirlingRemainder(small + large);
  if (small < SERIES_FROM)
    return (
      logGamma(small) + remainder + small - small * Math.log(small + large) + (large - 0.5) * Math.log1p(-small / (small + large))
    );
  return (
    -0.5 * Math.log(large) +
    HALF_LOG_TWO_PI +
    stirlingRemainder(small) +
    remainder +
    (small - 0.5) * Math.log(small / (small + large)) +
    large * Math.log1p(-small / (small + large))
  );
}
