import type { Forest } from '../forest.ts';
import { type BytesGrid, layOutGrid } from './bytes-grid.ts';
import { layOutBytes } from './bytes-layout.ts';
import type { Columns } from './columns.ts';
import type { Kernel } from './kernel.ts';
import type { ObliviousLayout } from './oblivious-layout.ts';
import type { RowScorer } from './row-scorer.ts';

/** Rows the kernel takes at once; the memory of rows and of sums must hold whole blocks. */
export const BLOCK = 64;

type BlockScorer = (ranks: number, sums: number, single: boolean) => void;

/** Scores blocks of 64 rows by ranks of one byte; undefined where thresholds or leaves are too many for a byte. */
export function openBytesScorer(
  kernel: Kernel,
  forest: Forest,
  columns: Columns,
  oblivious: ObliviousLayout | undefined,
): Pick<RowScorer, 'scoreRows'> | undefined {
  const grid = layOutGrid(kernel, forest, columns);
  if (grid === undefined) return undefined;
  const scoreBlock =
    oblivious === undefined
      ? openTreeBlocks(kernel, forest, columns, grid)
      : openObliviousBlocks(kernel, columns, grid, oblivious);
  if (scoreBlock === undefined) return undefined;
  const ranks = kernel.reserve(columns.count * BLOCK);
  const rankRows = kernel.functions.rank_rows!;
  return {
    scoreRows(rows, count, sums, single) {
      for (let row = 0; row < count; row += BLOCK) {
        rankRows(rows + row * columns.count * 4, columns.count, grid.grids, grid.starts, grid.bits, ranks);
        scoreBlock(ranks, sums + row * 8, single);
      }
    },
  };
}

function openTreeBlocks(kernel: Kernel, forest: Forest, columns: Columns, grid: BytesGrid): BlockScorer | undefined {
  const layout = layOutBytes(kernel, forest, columns.ofNode, grid);
  if (layout === undefined) return undefined;
  const { trees, twigs, forks, values, slots, firsts } = layout;
  const { score_bytes_f32, score_bytes_f64 } = kernel.functions;
  return (ranks, sums, single) =>
    void (single ? score_bytes_f32! : score_bytes_f64!)(
      trees,
      forest.treeCount,
      twigs,
      forks,
      slots,
      ranks,
      values,
      sums,
      firsts,
    );
}

/** The bits of a leaf's number are a byte's. */
const MAX_LEVELS = 8;

function openObliviousBlocks(
  kernel: Kernel,
  columns: Columns,
  grid: BytesGrid,
  { trees, depths, firsts, values }: ObliviousLayout,
): BlockScorer | undefined {
  if (trees.some(({ levels }) => levels.length > MAX_LEVELS)) return undefined;
  const nodes = trees.flatMap(({ levels }) => levels);
  const asked = kernel.reserve(nodes.length);
  const thresholds = kernel.reserve(nodes.length);
  new Uint8Array(kernel.memory.buffer, asked, nodes.length).set(nodes.map((node) => columns.ofNode[node]!));
  new Int8Array(kernel.memory.buffer, thresholds, nodes.length).set(nodes.map(grid.rankOf));
  const score = kernel.functions.score_bytes_oblivious!;
  return (ranks, sums) => void score(asked, thresholds, depths, firsts, trees.length, ranks, values, sums);
}
