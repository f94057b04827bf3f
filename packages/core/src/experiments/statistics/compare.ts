import { type Estimate, squaredError } from './estimate.ts';
import type { Test } from './two-sample-test.ts';

/** A figure and its interval: [value, low, high]. */
export type WithInterval = readonly [value: number, low: number, high: number];

/** Treatment against control, by one test. */
export interface Compared {
  /** treatment − control, in the metric's unit. */
  readonly difference: WithInterval;
  /** (treatment − control) / control; null where control's mean is 0. */
  readonly relativeLift: WithInterval | null;
  /** Of the absolute difference, two-sided. */
  readonly pValue: number;
  readonly standardError: number;
  /** Unadjusted. */
  readonly controlMean: number;
}

/** The squared standard error of treatment − control. */
export const differenceVariance = (control: Estimate, treatment: Estimate): number =>
  squaredError(control) + squaredError(treatment);

/**
 * The squared standard error of (treatment − control) / control by the delta method, at the unadjusted means a and b:
 * V(b)/a² + V(a) b²/a⁴ (Deng, Knoblich and Lu, KDD 2018, eq. 5; as gbstats).
 */
export const liftVariance = (control: Estimate, treatment: Estimate): number =>
  squaredError(treatment) / control.baseMean ** 2 + (squaredError(control) * treatment.baseMean ** 2) / control.baseMean ** 4;

/** Compares two arms; each interval is the test's critical value times its own standard error. */
export function compare(control: Estimate, treatment: Estimate, test: Test): Compared {
  const value = treatment.mean - control.mean;
  const standardError = Math.sqrt(differenceVariance(control, treatment));
  const { critical, pValue } = test(control, treatment);
  const lift = value / control.baseMean;
  return {
    difference: around(value, critical * standardError),
    relativeLift: control.baseMean === 0 ? null : around(lift, critical * Math.sqrt(liftVariance(control, treatment))),
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
