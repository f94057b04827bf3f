/** What is known of some columns over n units: enough for every mean, variance and covariance. Amounts are in the columns' own units. */
export interface Moments {
  readonly n: number;
  /** A mean for each column. */
  readonly means: Float64Array;
  /** Σ (x_i − mean_i)(x_j − mean_j), row-major, columns × columns. */
  readonly products: Float64Array;
}

/** Group number of a row that counts nowhere. */
export const leftOut = 255;

/**
 * The moments of each group's rows. `group[row]` is below `groups`, or `leftOut`. Two passes, for the textbook's single pass loses all digits
 * where a mean is large beside its spread (Chan, Golub and LeVeque 1983).
 */
export function momentsByGroup(columns: readonly Float64Array[], group: Uint8Array, groups: number): Moments[] {
  const counts = new Float64Array(groups);
  for (const of of group) if (of !== leftOut) counts[of]!++;
  const width = columns.length;
  const all = Array.from({ length: groups }, (_, g) => emptyMoments(width, counts[g]!));
  for (const [i, column] of columns.entries()) {
    const sums = sumsOf(column, group, groups);
    for (const [g, { n, means }] of all.entries()) means[i] = n === 0 ? 0 : sums[g]! / n;
  }
  for (let i = 0; i < width; i++) {
    for (let j = 0; j <= i; j++) {
      const [atI, atJ] = [i, j].map((at) => Float64Array.from(all, ({ means }) => means[at]!));
      const sums = productsOf(columns[i]!, atI!, columns[j]!, atJ!, group);
      for (const [g, { products }] of all.entries()) products[i * width + j] = products[j * width + i] = sums[g]!;
    }
  }
  return all;
}

// Plain loops over typed arrays: a function called for each row takes several times as long on a million rows.
function sumsOf(column: Float64Array, group: Uint8Array, groups: number): Float64Array {
  const sums = new Float64Array(groups);
  for (let row = 0; row < group.length; row++) if (group[row] !== leftOut) sums[group[row]!]! += column[row]!;
  return sums;
}

function productsOf(
  x: Float64Array,
  meansX: Float64Array,
  y: Float64Array,
  meansY: Float64Array,
  group: Uint8Array,
): Float64Array {
  const sums = new Float64Array(meansX.length);
  for (let row = 0; row < group.length; row++) {
    const of = group[row]!;
    if (of !== leftOut) sums[of]! += (x[row]! - meansX[of]!) * (y[row]! - meansY[of]!);
  }
  return sums;
}

const emptyMoments = (width: number, n: number): Moments => ({
  n,
  means: new Float64Array(width),
  products: new Float64Array(width * width),
});

/** The moments behind raw sums, as a warehouse gives them: Σ x_i and Σ x_i x_j (row-major). */
export function momentsOfSums(n: number, sums: ArrayLike<number>, sumsOfProducts: ArrayLike<number>): Moments {
  const width = sums.length;
  const moments = emptyMoments(width, n);
  if (n === 0) return moments;
  for (let i = 0; i < width; i++) moments.means[i] = sums[i]! / n;
  for (let at = 0; at < width * width; at++) {
    moments.products[at] = sumsOfProducts[at]! - (sums[Math.floor(at / width)]! * sums[at % width]!) / n;
  }
  return moments;
}

/** The moments of two disjoint sets of units taken together (Chan, Golub and LeVeque 1983, eq. 2.1). */
export function mergeMoments(a: Moments, b: Moments): Moments {
  const width = a.means.length;
  const merged = emptyMoments(width, a.n + b.n);
  if (merged.n === 0) return merged;
  for (let i = 0; i < width; i++) merged.means[i] = (a.n * a.means[i]! + b.n * b.means[i]!) / merged.n;
  const share = (a.n * b.n) / merged.n;
  const gap = (at: number): number => b.means[at]! - a.means[at]!;
  for (let at = 0; at < width * width; at++) {
    merged.products[at] = a.products[at]! + b.products[at]! + share * gap(Math.floor(at / width)) * gap(at % width);
  }
  return merged;
}

/** How a column's variance is estimated: `mean` divides by n − 1; `proportion` (0 or 1) is p (1 − p). */
export type ColumnKind = 'mean' | 'proportion';

/** The covariance of columns i and j by n − 1; 0 where n < 2. */
export const covariance = ({ n, means, products }: Moments, i: number, j: number): number =>
  n < 2 ? 0 : products[i * means.length + j]! / (n - 1);

/** The variance of column i as its kind has it. */
export const variance = (moments: Moments, i: number, kind: ColumnKind): number =>
  kind === 'mean' ? covariance(moments, i, i) : moments.means[i]! * (1 - moments.means[i]!);
