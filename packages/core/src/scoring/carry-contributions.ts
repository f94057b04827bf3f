import type { Point } from './point.ts';

/** Below this |x| the quotient is taken by its series; above it the secant loses nothing that matters. */
const SERIES_BELOW = 1e-4;

/**
 * The factor that carries contributions from probability to log-odds so that they still add up (design §5):
 * q = log1p(x) / x / (p₀ (1 − p)), x = (p − p₀) / (p₀ (1 − p)), which is the slope of the logit's secant between p₀ and p.
 * `explained`, the sum of the contributions, is p − p₀ up to rounding; dividing by it keeps that rounding small where a
 * probability is tiny.
 */
export function toLogOddsFactor(base: Point, end: Point, explained: number): number {
  const scale = base.yes * end.no;
  const x = explained / scale;
  if (Math.abs(x) < SERIES_BELOW) return (1 - x / 2 + (x * x) / 3 - (x * x * x) / 4) / scale;
  return (end.logOdds - base.logOdds) / explained;
}

/**
 * The factor that carries contributions from log-odds to probability: the slope of σ's secant between z₀ and z, by
 * σ(a) − σ(b) = σ(a) σ(−b) (1 − e^(b − a)) for a ≥ b, which keeps relative precision at both ends.
 */
export function toProbabilityFactor(base: Point, end: Point): number {
  const rise = Math.abs(end.logOdds - base.logOdds);
  const chord = end.logOdds >= base.logOdds ? end.yes * base.no : base.yes * end.no;
  return rise === 0 ? chord : chord * (-Math.expm1(-rise) / rise);
}
