import type { Estimate } from './estimate.ts';
import type { Moments } from './moments.ts';

/** A figure of columns' sums: of one column a mean a unit, of two the ratio of their sums. */
export interface Figure {
  readonly numerator: number;
  /** Absent: the units themselves are counted. */
  readonly denominator?: number;
}

/** A row of weights: what a figure's error is of the columns' errors, at the means. */
function slopesOf({ n, means }: Moments, { numerator, denominator }: Figure): Float64Array {
  const slopes = new Float64Array(means.length);
  const below = denominator === undefined ? 1 : means[denominator]!;
  if (below === 0 || n === 0) return slopes;
  slopes[numerator]! += 1 / below;
  if (denominator !== undefined) slopes[denominator]! -= means[numerator]! / (below * below);
  return slopes;
}

const figureOf = ({ means }: Moments, { numerator, denominator }: Figure): number =>
  denominator === undefined ? means[numerator]! : means[denominator] === 0 ? 0 : means[numerator]! / means[denominator]!;

/**
 * The moments of figures as if each were a mean: ratios replaced by their linear parts z = (m − R d) / d̄ (delta method: Deng, Knoblich and Lu, KDD 2018,
 * eq. 4; with covariates: Deng, Xu, Kohavi and Walker, WSDM 2013, appendix B). What is done with means and covariances of units can then be done with ratios.
 */
export function linearised(moments: Moments, figures: readonly Figure[]): Moments {
  const width = moments.means.length;
  const k = figures.length;
  const slopes = figures.map((figure) => slopesOf(moments, figure));
  const products = new Float64Array(k * k);
  for (const [i, left] of slopes.entries())
    for (const [j, right] of slopes.entries())
      for (let a = 0; a < width; a++)
        if (left[a] !== 0)
          for (let b = 0; b < width; b++) products[i * k + j]! += left[a]! * right[b]! * moments.products[a * width + b]!;
  return { n: moments.n, means: Float64Array.from(figures, (figure) => figureOf(moments, figure)), products };
}

/** The estimate of the first figure of linearised moments. */
export const firstEstimate = ({ n, means, products }: Moments): Estimate => ({
  ...{ n, mean: means[0]!, baseMean: means[0]! },
  variance: n < 2 ? 0 : products[0]! / (n - 1),
});
