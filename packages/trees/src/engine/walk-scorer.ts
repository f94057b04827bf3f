import type { Forest } from '../forest.ts';
import type { Columns } from './columns.ts';
import type { Kernel } from './kernel.ts';
import type { RowScorer } from './row-scorer.ts';
import { layOutWalks, WIDTH } from './walk-layout.ts';

/** Scores by walking down the trees: right for one row, and for trees too large to be asked whole; undefined where the kernel cannot hold the forest. */
export function openWalkScorer(kernel: Kernel, forest: Forest, columns: Columns): RowScorer | undefined {
  const layout = layOutWalks(kernel, forest, columns.ofNode);
  if (layout === undefined) return undefined;
  const { splits, roots, steps, groups, values, depths } = layout;
  const { score_f32, score_f64, score_rows_f32, score_rows_f64 } = kernel.functions;
  return {
    score: (row, start, single) => (single ? score_f32! : score_f64!)(splits, roots, steps, groups, values, row, start),
    scoreRows(rows, count, sums, single) {
      const call = single ? score_rows_f32! : score_rows_f64!;
      call(splits, roots, depths, forest.treeCount, values, rows, columns.count, Math.ceil(count / WIDTH), sums);
    },
  };
}
