import { type Estimate, squaredError } from './estimate.ts';
import { normalUpper, upperQuantile } from './special/normal.ts';
import { studentUpper, studentUpperQuantile } from './special/student.ts';

/** What a test makes of two arms: how many standard errors its interval reaches, and the two-sided p-value of a z. */
export interface Decided {
  readonly critical: number;
  pValue(z: number): number;
}

/** A test, ready to be used on any pair of arms. */
export type Test = (control: Estimate, treatment: Estimate) => Decided;

/** The unpooled Wald test for proportions: normal, each arm's variance its own. Valid for one look, planned beforehand. */
export const waldTest = (alpha: number): Test => {
  const critical = upperQuantile(alpha / 2);
  return () => ({ critical, pValue: (z) => Math.min(1, 2 * normalUpper(Math.abs(z))) });
};

/** Welch's t-test (Biometrika 1947). Valid for one look, planned beforehand. */
export const welchTest =
  (alpha: number): Test =>
  (control, treatment) => {
    const df = welchDegreesOfFreedom(control, treatment);
    return {
      critical: studentUpperQuantile(alpha / 2, df),
      pValue: (t) => Math.min(1, 2 * studentUpper(Math.abs(t), df)),
    };
  };

/** Welch and Satterthwaite's degrees of freedom: (Σ s²/n)² / Σ ((s²/n)² / (n − 1)). */
export function welchDegreesOfFreedom(control: Estimate, treatment: Estimate): number {
  const [a, b] = [squaredError(control), squaredError(treatment)];
  return (a + b) ** 2 / (a ** 2 / (control.n - 1) + b ** 2 / (treatment.n - 1));
}
