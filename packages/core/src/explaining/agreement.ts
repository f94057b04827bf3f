import { TOP, topOverlap, topReasons } from './top-reasons.ts';

/** How far two explanations of one row agree. */
export interface Agreement {
  /** Share of the first one's top reasons to which the second gives the same sign; null where there are none. */
  readonly sign: number | null;
  /** Share of top reasons in common, signs included. */
  readonly overlap: number;
  /** Rank-biased overlap of the two top lists (Webber, Moffat & Zobel 2010, eq. 7 at p → 1: the mean of overlaps down to each depth). */
  readonly rank: number;
}

/** Compares two explanations, say SHAP and LIME, by the signs and ranks of their top five. */
export function agreementOf(first: ArrayLike<number>, second: ArrayLike<number>): Agreement {
  const top = topReasons(first);
  const sameSign = top.filter((index) => Math.sign(first[index]!) === Math.sign(second[index]!));
  const depths = Array.from({ length: Math.max(1, Math.min(TOP, top.length)) }, (_, depth) =>
    topOverlap(first, second, depth + 1),
  );
  return {
    sign: top.length === 0 ? null : sameSign.length / top.length,
    overlap: topOverlap(first, second),
    rank: depths.reduce((sum, overlap) => sum + overlap, 0) / depths.length,
  };
}
