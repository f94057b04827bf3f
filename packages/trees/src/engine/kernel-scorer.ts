import { type Forest, rowWidth } from '../forest.ts';
import { BLOCK, openBytesScorer } from './bytes-scorer.ts';
import type { Columns } from './columns.ts';
import { type Kernel, unlessFull } from './kernel.ts';
import type { ObliviousLayout } from './oblivious-layout.ts';
import { openObliviousScorer } from './oblivious-scorer.ts';
import type { RowScorer } from './row-scorer.ts';
import { openWalkScorer } from './walk-scorer.ts';

/** Scores rows by the kernel; those it cannot hold as float32 are undefined or false, and the reference path's. */
export interface KernelScorer {
  score(row: ArrayLike<number>, offset: number, exact: boolean): number | undefined;
  /** Up to `maxRows` rows at a time, `from` the first; false where float32 cannot hold one of them. */
  scoreRows(rows: ArrayLike<number>, from: number, count: number, out: Float64Array, exact: boolean): boolean;
  readonly maxRows: number;
}

/** Rows a call: few enough for the cache, many enough to pay for a tree's nodes. */
const MAX_ROWS = 4 * BLOCK;
/** Fewer rows are walked sooner than a whole block is asked. */
const WORTH_A_BLOCK = BLOCK / 2;

/** Lays a forest out for scoring; undefined where it is too large for the kernel. */
export function openKernelScorer(
  kernel: Kernel,
  forest: Forest,
  columns: Columns,
  oblivious: ObliviousLayout | undefined,
): KernelScorer | undefined {
  const isSingle = forest.arithmetic === 'f32';
  // The oblivious scorers add in float64 only.
  const bits = isSingle ? undefined : oblivious;
  const scorer = bits === undefined ? openWalkScorer(kernel, forest, columns) : openObliviousScorer(kernel, columns, bits);
  if (scorer === undefined) return undefined;
  const rowsOf = openRows(kernel, forest, columns, bits, scorer);
  const xAt = kernel.reserve(MAX_ROWS * columns.count * 4);
  const sumsAt = kernel.reserve(MAX_ROWS * 8);
  const x = kernel.floats(xAt, MAX_ROWS * columns.count);
  const sums = kernel.doubles(sumsAt, MAX_ROWS);
  // Rows that only fill a group up must come to rest at leaves as well.
  for (let row = 0; row < MAX_ROWS; row++) x()[row * columns.count] = Number.NaN;
  const { divisor, baseMargin } = forest;
  const width = rowWidth(forest);
  return {
    maxRows: MAX_ROWS,
    score(row, offset, exact) {
      if (!columns.fill(row, offset, x(), 0, 1)) return undefined;
      if (isSingle && !exact) return scorer.score(xAt, baseMargin, true);
      return scorer.score(xAt, 0, false) / divisor + baseMargin;
    },
    scoreRows(rows, from, count, out, exact) {
      const input = x();
      for (let row = 0; row < count; row++)
        if (!columns.fill(rows, (from + row) * width, input, row * columns.count, 1)) return false;
      const single = isSingle && !exact;
      sums().fill(single ? baseMargin : 0);
      rowsOf(count).scoreRows(xAt, count, sumsAt, single);
      const results = sums();
      for (let row = 0; row < count; row++) out[from + row] = single ? results[row]! : results[row]! / divisor + baseMargin;
      return true;
    },
  };
}

/** Who scores so many rows: blocks are laid out when first worth it, since most engines only ever see single rows. */
function openRows(
  kernel: Kernel,
  forest: Forest,
  columns: Columns,
  oblivious: ObliviousLayout | undefined,
  walks: RowScorer,
): (count: number) => Pick<RowScorer, 'scoreRows'> {
  let blocks: Pick<RowScorer, 'scoreRows'> | undefined;
  return (count) => {
    if (count % BLOCK !== 0 && count % BLOCK < WORTH_A_BLOCK) return walks;
    blocks ??= unlessFull(() => openBytesScorer(kernel, forest, columns, oblivious)) ?? walks;
    return blocks;
  };
}
