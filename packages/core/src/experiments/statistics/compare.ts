import { type Estimate, squaredError } from './estimate.ts';
import type { Test } from './two-sample-test.ts';

/** A figure and its interval: [value, low, high]. */
export type WithInterval = readonly [value: number, low: number, high: number];

/** Treatment against control, by one test. */
export interface Compared {
  /** treatment − control, in the metric's unit. */
  readonly difference: WithInterval;
  /** (treatment − control) / control; null where control's mean cannot be told from 0, for then every lift agrees with the data. */
  readonly relativeLift: WithInterval | null;
  /** How the lift's interval is made: by the delta method where control's mean is far from 0, else by Fieller's. */
  readonly liftBy: LiftMethod;
  /** Of the absolute difference, two-sided. */
  readonly pValue: number;
  readonly standardError: number;
  /** Unadjusted. */
  readonly controlMean: number;
}

export type LiftMethod = 'delta' | 'fieller';

/** The squared standard error of treatment − control. */
export const differenceVariance = (control: Estimate, treatment: Estimate): number =>
  squaredError(control) + squaredError(treatment);

/**
 * The squared standard error of (treatment − control) / control by the delta method, at the unadjusted means a and b:
 * V(b)/a² + V(a) b²/a⁴ (Deng, Knoblich and Lu, KDD 2018, eq. 5; as gbstats).
 */
export const liftVariance = (control: Estimate, treatment: Estimate): number =>
  squaredError(treatment) / control.baseMean ** 2 + (squaredError(control) * treatment.baseMean ** 2) / control.baseMean ** 4;

/** The delta method is left where control's mean is within 3.2 half-widths of 0: 6.2 standard errors at 95 %. ADR 17 has what other bounds would cost. */
const FIELLER_FROM = 0.1;

/** (half-width / mean)² of control: Fieller's g. */
const shareOfError = (control: Estimate, critical: number): number =>
  (critical ** 2 * squaredError(control)) / control.baseMean ** 2;

/**
 * The lifts r that agree with the data: (d − r a)² ≤ c² (V(b) + (1 + r)² V(a)), the difference d over control's mean a (Fieller 1954, “Some problems in interval
 * estimation”, eq. 5, of b / a − 1). Not around the value, and wider on the side of small control means, as the truth is. Null where g ≥ 1: the set has no ends.
 */
function fiellerInterval(control: Estimate, treatment: Estimate, critical: number): WithInterval | null {
  const [a, d] = [control.baseMean, treatment.mean - control.mean];
  const [reachA, reachB] = [critical ** 2 * squaredError(control), critical ** 2 * squaredError(treatment)];
  const square = a * a - reachA;
  if (!(square > 0)) return null;
  const middle = (d * a + reachA) / square;
  const half = Math.sqrt(reachB * square + reachA * (a + d) ** 2) / square;
  return [d / a, middle - half, middle + half];
}

function liftOf(control: Estimate, treatment: Estimate, critical: number): Pick<Compared, 'relativeLift' | 'liftBy'> {
  if (shareOfError(control, critical) > FIELLER_FROM || control.baseMean === 0)
    return { liftBy: 'fieller', relativeLift: fiellerInterval(control, treatment, critical) };
  return { liftBy: 'delta', relativeLift: deltaInterval(control, treatment, critical) };
}

/** The lift with its delta-method interval, `critical` standard errors to either side; right where control's mean is far from 0. */
export const deltaInterval = (control: Estimate, treatment: Estimate, critical: number): WithInterval =>
  around((treatment.mean - control.mean) / control.baseMean, critical * Math.sqrt(liftVariance(control, treatment)));

/** Compares two arms; each interval is the test's critical value times its own standard error. */
export function compare(control: Estimate, treatment: Estimate, test: Test): Compared {
  const value = treatment.mean - control.mean;
  const standardError = Math.sqrt(differenceVariance(control, treatment));
  const { critical, pValue } = test(control, treatment);
  return {
    difference: around(value, critical * standardError),
    ...liftOf(control, treatment, critical),
    pValue: pValue(value / standardError),
    standardError,
    controlMean: control.baseMean,
  };
}

const around = (value: number, half: number): WithInterval => [value, value - half, value + half];

/** Why two arms cannot be compared; undefined = they can. */
export function whyNotMeasurable(control: Estimate, treatment: Estimate): string | undefined {
  for (const [name, { n, variance }] of [['control', control] as const, ['the variant', treatment] as const]) {
    if (n === 0) return `no units in ${name}`;
    if (n < 2) return `${name} has 1 unit; at least 2 are needed`;
    if (!Number.isFinite(variance)) return `${name} has values too large to square`;
    if (variance <= 0) return `zero variance in ${name}: all its units have the same value`;
  }
  return undefined;
}
