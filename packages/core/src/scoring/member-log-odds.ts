import type { Blend, MemberName } from './ensemble.ts';
import type { Point } from './point.ts';

/** The forest's probability, shrunk to (1 − λ) p + λ π so that a unanimous forest stays finite (design §5). */
export function shrunkForest(raw: number, { lambda, pi }: Blend['forestShrinkage']): Point {
  const yes = (1 - lambda) * raw + lambda * pi;
  const no = (1 - lambda) * (1 - raw) + lambda * (1 - pi);
  return { yes, no, logOdds: Math.log(yes) - Math.log(no) };
}

/** A member's raw score in log-odds: boosted members already speak it, the forest's probability is shrunk and carried there. */
export const memberLogOdds = (name: MemberName, raw: number, shrinkage: Blend['forestShrinkage']): number =>
  name === 'random_forest' ? shrunkForest(raw, shrinkage).logOdds : raw;
