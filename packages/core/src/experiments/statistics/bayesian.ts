import { differenceVariance, liftVariance, type WithInterval } from './compare.ts';
import type { Estimate } from './estimate.ts';
import { normalCdf, normalDensity, upperQuantile } from './special/normal.ts';

/** A normal belief about an effect, held before the data. */
export interface Prior {
  readonly mean: number;
  readonly variance: number;
}

/** What is believed of an effect after the data. */
export interface Posterior {
  /** The effect's mean with its 1 − α credible interval. */
  readonly effect: WithInterval;
  /** P(effect > 0). */
  readonly chanceToWin: number;
  /** What is lost on average by shipping the treatment: E max(0, −effect). */
  readonly lossIfShipped: number;
  /** What is lost on average by keeping the control: E max(0, effect). */
  readonly lossIfKept: number;
}

/** Scale of the effect: `lift` is relative to the control's mean. */
export type EffectScale = 'difference' | 'lift';

/**
 * The conjugate normal posterior of an effect (Gelman et al., Bayesian Data Analysis 3, eq. 2.12; as gbstats). Without a prior the data alone
 * speak. The prior is on the scale of the effect. Losses by E max(0, X) = μ Φ(μ/σ) + σ φ(μ/σ).
 */
export function posteriorOf(control: Estimate, treatment: Estimate, scale: EffectScale, alpha: number, prior?: Prior): Posterior {
  const difference = treatment.mean - control.mean;
  const [value, spread] =
    scale === 'lift'
      ? [difference / control.baseMean, liftVariance(control, treatment)]
      : [difference, differenceVariance(control, treatment)];
  const precision = 1 / spread + (prior === undefined ? 0 : 1 / prior.variance);
  const mean = prior === undefined ? value : (value / spread + prior.mean / prior.variance) / precision;
  const sigma = Math.sqrt(1 / precision);
  const half = upperQuantile(alpha / 2) * sigma;
  return {
    effect: [mean, mean - half, mean + half],
    chanceToWin: normalCdf(mean / sigma),
    lossIfShipped: expectedGain(-mean, sigma),
    lossIfKept: expectedGain(mean, sigma),
  };
}

const expectedGain = (mean: number, sigma: number): number =>
  Math.max(0, mean * normalCdf(mean / sigma) + sigma * normalDensity(mean / sigma));
