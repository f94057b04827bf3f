import { TillcastError } from '../../errors/tillcast-error.ts';
import { normalUpper, upperQuantile } from './special/normal.ts';

/** How sure an experiment is to be. */
export interface Assurance {
  /** Two-sided. */
  readonly alpha: number;
  /** Chance of seeing the effect if it is there. */
  readonly power: number;
}

export const defaultAssurance: Assurance = { alpha: 0.05, power: 0.8 };

/** Two arms' variances a unit, and treatment's units for each unit of control. */
export interface ArmSpread {
  readonly control: number;
  readonly treatment: number;
  readonly ratio: number;
}

/** Units of control needed to see a difference (in the metric's unit): (z_{α/2} + z_β)² (V_c + V_t / ratio) / δ² (Chow et al. 2008, 3.2). */
export function unitsNeeded(difference: number, { control, treatment, ratio }: ArmSpread, { alpha, power }: Assurance): number {
  const z = upperQuantile(alpha / 2) + upperQuantile(1 - power);
  return (z * z * (control + treatment / ratio)) / (difference * difference);
}

/** The chance that a fixed test of `units` units of control sees a difference, both tails (as statsmodels' `normal_power_het`). */
export function powerAt(units: number, difference: number, { control, treatment, ratio }: ArmSpread, alpha: number): number {
  const shift = Math.abs(difference) / Math.sqrt((control + treatment / ratio) / units);
  const z = upperQuantile(alpha / 2);
  return normalUpper(z - shift) + normalUpper(z + shift);
}

/** The smallest difference that `units` units of control show with the power wanted (in the metric's unit). */
export const smallestDifference = (
  units: number,
  { control, treatment, ratio }: ArmSpread,
  { alpha, power }: Assurance,
): number => (upperQuantile(alpha / 2) + upperQuantile(1 - power)) * Math.sqrt((control + treatment / ratio) / units);

const bernoulli = (p: number): number => p * (1 - p);

/** The variances of two proportions: the control's, and with the lift the treatment's. Refuses rates outside (0, 1). */
export function proportionSpread(base: number, lift: number, ratio = 1): ArmSpread {
  const treated = base * (1 + lift);
  if (!(base > 0 && base < 1)) throw new TillcastError('OPTION_INVALID', `base is ${base}; give a rate above 0 and below 1`);
  if (!(treated > 0 && treated < 1))
    throw new TillcastError(
      'OPTION_INVALID',
      `lift ${lift} takes the base rate ${base} to ${treated}; it must stay above 0 and below 1`,
    );
  if (lift === 0) throw new TillcastError('OPTION_INVALID', 'lift is 0; give the smallest lift worth knowing, such as 0.05');
  return { control: bernoulli(base), treatment: bernoulli(treated), ratio };
}

/** The smallest relative lift of a base rate that `units` units of control show; NaN where none below certainty does. */
export function smallestLift(units: number, base: number, ratio: number, assurance: Assurance): number {
  const isSeen = (lift: number): boolean => unitsNeeded(base * lift, proportionSpread(base, lift, ratio), assurance) <= units;
  let high = (1 - base) / base;
  let low = 0;
  if (!isSeen(high * (1 - 1e-9))) return Number.NaN;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (isSeen(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Times the units of a fixed test at which a test watched daily has 80 % power as well (two-peak mixture; on average it ends at 1.0; ADR 17). */
export const sequentialInflation = 1.55;
