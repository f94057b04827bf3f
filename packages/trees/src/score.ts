import { isInSet } from './category-sets.ts';
import { checkRow, checkRows } from './check-rows.ts';
import { type CategorySets, type Forest, LEAF, rowWidth, ZERO_THRESHOLD } from './forest.ts';

/**
 * The raw score in the library's own arithmetic: log-odds of boosted models, probability of forests. XGBoost's is bit for bit
 * (a float32 running sum from the base margin), the others' within 1e-9. A row has `rowWidth` values from `offset`, or is a RowError; NaN is missing.
 */
export function score(forest: Forest, row: ArrayLike<number>, offset = 0): number {
  if (forest.arithmetic === 'f64') return scoreExact(forest, row, offset);
  checkRow(forest, row, offset);
  let sum = forest.baseMargin;
  for (let tree = 0; tree < forest.treeCount; tree++) sum = Math.fround(sum + forest.value[leafOf(forest, tree, row, offset)]!);
  return sum;
}

/** The float64 sum of float64 leaves and base margin: what ensembles add and what contributions sum to. */
export function scoreExact(forest: Forest, row: ArrayLike<number>, offset = 0): number {
  checkRow(forest, row, offset);
  let sum = 0;
  for (let tree = 0; tree < forest.treeCount; tree++) sum += forest.value[leafOf(forest, tree, row, offset)]!;
  return sum / forest.divisor + forest.baseMargin;
}

/** Scores `rowCount` rows of `rowWidth` values each, one behind the other, into `out`; the same bits as `score` or, with `exact`, `scoreExact`. */
export function scoreBatch(
  forest: Forest,
  rows: Float32Array | Float64Array,
  rowCount: number,
  out: Float64Array,
  exact = false,
): void {
  checkRows(forest, rows, rowCount, out);
  const single = forest.arithmetic === 'f32' && !exact;
  const width = rowWidth(forest);
  out.fill(single ? forest.baseMargin : 0, 0, rowCount);
  // Tree by tree, so that a tree's nodes stay in the cache while the rows pass; each row still adds its trees in order.
  for (let tree = 0; tree < forest.treeCount; tree++) {
    for (let row = 0; row < rowCount; row++) {
      const sum = out[row]! + forest.value[leafOf(forest, tree, rows, row * width)]!;
      out[row] = single ? Math.fround(sum) : sum;
    }
  }
  if (single) return;
  for (let row = 0; row < rowCount; row++) out[row] = out[row]! / forest.divisor + forest.baseMargin;
}

/** The node where a row's walk through a tree ends. */
function leafOf(forest: Forest, tree: number, row: ArrayLike<number>, offset: number): number {
  const { feature, value, left, right, missingGoesLeft, zeroIsMissing, categories } = forest;
  if (categories !== undefined) return leafAmongSets(forest, categories, tree, row, offset);
  let node = forest.roots[tree]!;
  for (let column = feature[node]!; column !== LEAF; column = feature[node]!) {
    const x = row[offset + column]!;
    const present = zeroIsMissing === undefined || zeroIsMissing[node] === 0 || Math.abs(x) > ZERO_THRESHOLD;
    if (present && x <= value[node]!) node = left[node]!;
    else if (present && x > value[node]!) node = right[node]!;
    else node = missingGoesLeft[node] === 1 ? left[node]! : right[node]!;
  }
  return node;
}

/** The same walk where some nodes ask for sets of categories; apart, so that numeric forests do not pay for it. */
function leafAmongSets(forest: Forest, sets: CategorySets, tree: number, row: ArrayLike<number>, offset: number): number {
  const { feature, value, left, right, missingGoesLeft, zeroIsMissing } = forest;
  let node = forest.roots[tree]!;
  for (let column = feature[node]!; column !== LEAF; column = feature[node]!) {
    const x = row[offset + column]!;
    const present =
      !Number.isNaN(x) && (zeroIsMissing === undefined || zeroIsMissing[node] === 0 || Math.abs(x) > ZERO_THRESHOLD);
    const isLeft = !present ? missingGoesLeft[node] === 1 : sets.asks[node] === 1 ? isInSet(sets, node, x) : x <= value[node]!;
    node = isLeft ? left[node]! : right[node]!;
  }
  return node;
}
