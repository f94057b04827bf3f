import type { Random } from '../simulation/random.ts';

/** What a reference profile says of one feature. */
export interface FeatureProfile {
  readonly quantiles: readonly number[];
  readonly missing: number;
}

/** The shares at which a reference profile tells its quantiles (scoring/feature-profile.ts). */
export const PROFILE_SHARES = [0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1] as const;

/** A value drawn as the reference had it: missing as often, else along the straight lines between its quantiles; whole where all of them are. */
export function drawValue({ quantiles, missing }: FeatureProfile, random: Random): number {
  const isMissing = random.uniform() < missing;
  const share = random.uniform();
  if (isMissing || quantiles.length !== PROFILE_SHARES.length) return Number.NaN;
  let knot = 1;
  while (PROFILE_SHARES[knot]! < share) knot++;
  const [low, high] = [quantiles[knot - 1]!, quantiles[knot]!];
  const value = low + ((share - PROFILE_SHARES[knot - 1]!) / (PROFILE_SHARES[knot]! - PROFILE_SHARES[knot - 1]!)) * (high - low);
  return Math.fround(quantiles.every(Number.isInteger) ? Math.round(value) : value);
}
