import { differenceVariance } from './compare.ts';
import type { Estimate } from './estimate.ts';
import type { Test } from './two-sample-test.ts';

/**
 * Evidence against "no difference" that may be looked at as often as one likes: a likelihood ratio averaged over the effects it bets on, whose
 * chance of ever passing 1/α is at most α (Ville's inequality; Robbins 1970). ln of it at a z-value; even, and rising in |z|.
 */
export type LogEvidence = (z: number) => number;

/**
 * Normal mixture: the bets are spread as a normal around 0. `spread` = variance of the bets in squared standard errors, m:
 * −½ ln(1+m) + z² m / (2 (1+m)). With m = N ρ² it is the asymptotic confidence sequence of Waudby-Smith et al. (2023, eq. 9 and 155), as
 * GrowthBook has it; with m = τ² / SE² the mSPRT of Johari, Pekelis and Walsh (2017, eq. 6).
 */
export const normalMixture =
  (spread: number): LogEvidence =>
  (z) =>
    -0.5 * Math.log1p(spread) + (z * z * spread) / (2 * (1 + spread));

/** ρ² that makes the confidence sequence narrowest at `units` units over both arms (Waudby-Smith et al. 2023, eq. 161). */
export const tunedRhoSquared = (alpha: number, units: number): number =>
  (-2 * Math.log(alpha) + Math.log(-2 * Math.log(alpha) + 1)) / units;

/** Where the two peaks stand: the z-value that the planned effect has at the planned number of units. ADR 17 has the figures. */
const PEAK = 2.5;
/** Variance of each peak, in the same scale; keeps intervals shrinking long after the plan. */
const PEAK_SPREAD = 0.4;

/**
 * Two-peak mixture: half of the bets on either side of 0, around the effect that the experiment was planned to see. `share` = units seen / units
 * planned. With t = share, S = z √t, λ = PEAK, v = PEAK_SPREAD:
 * −½ ln(1+tv) + (v S² − t λ²) / (2 (1+tv)) + ln cosh(λ S / (1+tv)). An mSPRT with a mixing density other than Johari's.
 */
export const twoPeakMixture = (share: number): LogEvidence => {
  const grown = 1 + share * PEAK_SPREAD;
  return (z) => {
    const s = z * Math.sqrt(share);
    const slope = (PEAK * s) / grown;
    const logCosh = Math.abs(slope) + Math.log1p(Math.exp(-2 * Math.abs(slope))) - Math.LN2;
    return -0.5 * Math.log(grown) + (PEAK_SPREAD * s * s - share * PEAK * PEAK) / (2 * grown) + logCosh;
  };
};

/** The |z| at which the evidence reaches 1/α: how many standard errors an always-valid interval reaches. */
export function criticalValue(evidence: LogEvidence, alpha: number): number {
  const wanted = -Math.log(alpha);
  let high = 4;
  while (evidence(high) < wanted && high < 1e6) high *= 2;
  let low = 0;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (evidence(middle) < wanted) low = middle;
    else high = middle;
  }
  return high;
}

/** Which always-valid test. `units` count both arms of a comparison; τ is in the metric's own unit. */
export type SequentialRule =
  | { readonly kind: 'two_peak'; readonly plannedUnits: number }
  | { readonly kind: 'confidence_sequence'; readonly tunedUnits: number }
  | { readonly kind: 'msprt'; readonly tau: number };

/** The always-valid test of a rule: intervals and p-values hold at every look at once, for as many looks as there are. */
export const sequentialTest =
  (alpha: number, rule: SequentialRule): Test =>
  (control, treatment) => {
    const evidence = evidenceOf(alpha, rule, control, treatment);
    return { critical: criticalValue(evidence, alpha), pValue: (z) => Math.min(1, Math.exp(-evidence(z))) };
  };

function evidenceOf(alpha: number, rule: SequentialRule, control: Estimate, treatment: Estimate): LogEvidence {
  const units = control.n + treatment.n;
  if (rule.kind === 'two_peak') return twoPeakMixture(units / rule.plannedUnits);
  if (rule.kind === 'confidence_sequence') return normalMixture(units * tunedRhoSquared(alpha, rule.tunedUnits));
  return normalMixture(rule.tau ** 2 / differenceVariance(control, treatment));
}
