import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import {
  type ArmSpread,
  type Assurance,
  powerAt,
  proportionSpread,
  sequentialInflation,
  smallestDifference,
  smallestLift,
  unitsNeeded,
} from '@tillcast/core/experiments/statistics/power';
import { sayAbout } from '@tillcast/core/experiments/statistics/say-verdict';

/** What an experiment is to be able to see. Shares and rates in (0, 1). */
export interface DesignRequest {
  readonly base: number | undefined;
  readonly mean: number | undefined;
  readonly sd: number | undefined;
  readonly lift: number | undefined;
  /** Per variant other than control. */
  readonly units: number | undefined;
  readonly alpha: number;
  readonly power: number;
  readonly variants: number;
  readonly controlShare: number | undefined;
  readonly perDay: number | undefined;
  readonly rho: number;
  readonly method: string;
}

/** A design, as it is answered. */
export interface Design {
  readonly method: string;
  readonly alpha: number;
  readonly power: number;
  readonly lift: number;
  /** Of a variant other than control; `control_units` is control's. */
  readonly units_per_arm: number;
  readonly control_units: number;
  readonly units: number;
  readonly days?: number;
  readonly words: string;
}

/**
 * Units per variant for a lift; or with units, the smallest lift they show (without `lift`) or the power they have (with it). Several variants
 * share α (Bonferroni, as Holm's first step); CUPED leaves 1 − ρ² of the variance; daily looks take 1.55 times the units.
 */
export function designExperiment(request: DesignRequest): Design {
  checkDesign(request);
  const treatments = request.variants - 1;
  const controlShare = request.controlShare ?? 1 / request.variants;
  const ratio = (1 - controlShare) / treatments / controlShare;
  const assurance: Assurance = { alpha: request.alpha / treatments, power: request.power };
  const inflation = request.method === 'sequential' ? sequentialInflation : 1;
  const left = 1 - request.rho ** 2;
  const spreadAt = (lift: number): ArmSpread => scaled(spreadOf(request, lift, ratio), left);
  const scale = request.base ?? request.mean!;
  const lift = request.lift ?? liftSeen(request, assurance, ratio, left, inflation);
  const control =
    request.units === undefined ? unitsNeeded(scale * lift, spreadAt(lift), assurance) * inflation : request.units / ratio;
  const power =
    request.units === undefined || request.lift === undefined
      ? request.power
      : powerAt(control / inflation, scale * lift, spreadAt(lift), assurance.alpha);
  const controlUnits = Math.ceil(control);
  const perArm = request.units ?? Math.ceil(control * ratio);
  const units = controlUnits + treatments * perArm;
  const days = request.perDay === undefined ? undefined : Math.ceil(units / request.perDay);
  const words =
    `${sayAbout(units)} shoppers (${perArm.toLocaleString('en')} a variant)${days === undefined ? '' : `, about ${days} days`}` +
    ` show a lift of ${(100 * lift).toFixed(1)} % with a chance of ${(100 * power).toFixed(0)} %`;
  return {
    ...{ method: request.method, alpha: request.alpha, power, lift },
    ...{ units_per_arm: perArm, control_units: controlUnits, units },
    ...(days !== undefined && { days }),
    words,
  };
}

const scaled = ({ control, treatment, ratio }: ArmSpread, by: number): ArmSpread => ({
  control: control * by,
  treatment: treatment * by,
  ratio,
});

const spreadOf = ({ base, sd }: DesignRequest, lift: number, ratio: number): ArmSpread =>
  base === undefined ? { control: sd! ** 2, treatment: sd! ** 2, ratio } : proportionSpread(base, lift, ratio);

function liftSeen(
  { base, mean, sd, units }: DesignRequest,
  assurance: Assurance,
  ratio: number,
  left: number,
  inflation: number,
): number {
  const control = units! / ratio / inflation;
  if (base !== undefined) {
    const lift = smallestLift(control / left, base, ratio, assurance);
    if (!Number.isNaN(lift)) return lift;
    throw refuse('units', units!, 'so few show no lift at all; give more');
  }
  return smallestDifference(control, { control: sd! ** 2 * left, treatment: sd! ** 2 * left, ratio }, assurance) / mean!;
}

const refuse = (name: string, value: unknown, remedy: string) =>
  new TillcastError('OPTION_INVALID', `--${name} is ${String(value)}: ${remedy}`);

function checkDesign({
  base,
  mean,
  sd,
  lift,
  units,
  alpha,
  power,
  variants,
  controlShare,
  perDay,
  rho,
  method,
}: DesignRequest): void {
  if ((base === undefined) === (mean === undefined))
    throw new TillcastError('OPTION_INVALID', 'give either --base RATE or --mean AMOUNT with --sd AMOUNT');
  if (mean !== undefined && !(mean > 0)) throw refuse('mean', mean, 'a lift is relative to it; give an amount above 0');
  if (mean !== undefined && !(sd !== undefined && sd > 0)) throw refuse('sd', sd, 'give a standard deviation above 0');
  if (base !== undefined && !(base > 0 && base < 1)) throw refuse('base', base, 'give a rate above 0 and below 1');
  if (lift === undefined && units === undefined)
    throw new TillcastError('OPTION_INVALID', 'give --lift SHARE, or --units NUMBER, or both');
  if (lift !== undefined && (lift === 0 || lift <= -1))
    throw refuse('lift', lift, 'give a share other than 0 and above -1, such as 0.05');
  if (units !== undefined && !(Number.isInteger(units) && units >= 2)) throw refuse('units', units, 'give a whole number from 2');
  if (!(alpha > 0 && alpha < 0.5)) throw refuse('alpha', alpha, 'give a share above 0 and below 0.5');
  if (!(power > alpha && power < 1)) throw refuse('power', power, 'give a share above alpha and below 1');
  if (!(Number.isInteger(variants) && variants >= 2 && variants <= 100))
    throw refuse('variants', variants, 'give a whole number from 2 to 100');
  if (controlShare !== undefined && !(controlShare > 0 && controlShare < 1))
    throw refuse('control-share', controlShare, 'give a share above 0 and below 1');
  if (perDay !== undefined && !(perDay > 0)) throw refuse('per-day', perDay, 'give a number above 0');
  if (!(rho > -1 && rho < 1)) throw refuse('rho', rho, 'give a correlation above -1 and below 1');
  if (method !== 'fixed' && method !== 'sequential') throw refuse('method', method, 'give fixed or sequential');
}
