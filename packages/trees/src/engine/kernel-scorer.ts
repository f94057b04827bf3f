import { type Forest, rowWidth } from '../forest.ts';
import type { Columns } from './columns.ts';
import type { Kernel } from './kernel.ts';
import { layOutScorer, WIDTH } from './score-layout.ts';

/** Scores float32 rows by the kernel; what it cannot hold exactly is undefined or false, and the reference path's. */
export interface KernelScorer {
  score(row: ArrayLike<number>, offset: number, exact: boolean): number | undefined;
  /** Up to `maxRows` rows at a time, `from` the first; false where one of them is not float32. */
  scoreRows(rows: ArrayLike<number>, from: number, count: number, out: Float64Array, exact: boolean): boolean;
  readonly maxRows: number;
}

/** Rows a call: few enough for the cache, many enough to pay for a tree's nodes. */
const MAX_ROWS = 256;

/** Lays a forest out for scoring; undefined where it is too large for the kernel. */
export function openKernelScorer(kernel: Kernel, forest: Forest, columns: Columns): KernelScorer | undefined {
  const layout = layOutScorer(kernel, forest, columns.ofNode);
  if (layout === undefined) return undefined;
  const xAt = kernel.reserve(MAX_ROWS * columns.count * 4);
  const sumsAt = kernel.reserve(MAX_ROWS * 8);
  const { splits, roots, steps, groups, values, depths } = layout;
  const { score_f32: single, score_f64: double, score_rows_f32: singleRows, score_rows_f64: doubleRows } = kernel.functions;
  const { divisor, baseMargin, treeCount } = forest;
  const width = rowWidth(forest);
  const isSingle = forest.arithmetic === 'f32';
  const x = kernel.floats(xAt, MAX_ROWS * columns.count);
  const sums = kernel.doubles(sumsAt, MAX_ROWS);
  // Rows that only fill a group up must come to rest at leaves as well.
  for (let row = 0; row < MAX_ROWS; row++) x()[row * columns.count] = Number.NaN;
  return {
    maxRows: MAX_ROWS,
    score(row, offset, exact) {
      if (!columns.fill(row, offset, x(), 0, 1)) return undefined;
      if (isSingle && !exact) return single!(splits, roots, steps, groups, values, xAt, baseMargin);
      return double!(splits, roots, steps, groups, values, xAt, 0) / divisor + baseMargin;
    },
    scoreRows(rows, from, count, out, exact) {
      const input = x();
      for (let row = 0; row < count; row++)
        if (!columns.fill(rows, (from + row) * width, input, row * columns.count, 1)) return false;
      const isF32 = isSingle && !exact;
      const results = sums();
      results.fill(isF32 ? baseMargin : 0);
      const call = isF32 ? singleRows! : doubleRows!;
      call(splits, roots, depths, treeCount, values, xAt, columns.count, Math.ceil(count / WIDTH), sumsAt);
      for (let row = 0; row < count; row++) out[from + row] = isF32 ? results[row]! : results[row]! / divisor + baseMargin;
      return true;
    },
  };
}
