import type { Columns } from './columns.ts';
import type { Kernel } from './kernel.ts';
import type { ObliviousLayout } from './oblivious-layout.ts';
import type { RowScorer } from './row-scorer.ts';

/** Scores oblivious trees, whose answers are the bits of their leaf; in float64 only. */
export function openObliviousScorer(kernel: Kernel, columns: Columns, layout: ObliviousLayout): RowScorer {
  const { columns: asked, thresholds, depths, firsts, values, leaves, trees } = layout;
  const sumUp = kernel.functions.score_oblivious!;
  const score = (row: number, start: number): number =>
    sumUp(asked, thresholds, depths, firsts, trees.length, values, row, start, leaves);
  return {
    score,
    scoreRows(rows, count, sumsAt) {
      const sums = kernel.doubles(sumsAt, count)();
      for (let row = 0; row < count; row++) sums[row] = score(rows + row * columns.count * 4, sums[row]!);
    },
  };
}
