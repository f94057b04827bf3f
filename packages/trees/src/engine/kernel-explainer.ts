import { type Forest, rowWidth } from '../forest.ts';
import { planShap } from '../shap/plan.ts';
import type { Columns } from './columns.ts';
import type { Lanes } from './engine.ts';
import { layOutExplainer } from './explain-layout.ts';
import type { Kernel } from './kernel.ts';
import type { ObliviousLayout } from './oblivious-layout.ts';
import type { RowExplainer } from './row-explainer.ts';
import { openTableExplainer } from './table-explainer.ts';

/** Vectors of rows that pass a tree while its nodes are in the cache. */
const MAX_GROUPS = 4;

/** Lays a forest out for explaining; undefined where it is too large for the kernel. */
export function openKernelExplainer(
  kernel: Kernel,
  forest: Forest,
  columns: Columns,
  oblivious: ObliviousLayout | undefined,
  precision: Lanes,
): RowExplainer | undefined {
  const plan = planShap(forest);
  const players = forest.players?.features.length ?? forest.featureCount;
  const layout = layOutExplainer(kernel, forest, plan, columns.ofNode, { players, groups: MAX_GROUPS, lanes: precision });
  if (layout === undefined) return undefined;
  const tabled = oblivious && openTableExplainer(kernel, forest, columns, oblivious, { plan, layout, players });
  if (tabled !== undefined) return tabled;
  const { lanes, name } = layout.kind;
  const maxRows = MAX_GROUPS * lanes;
  const xAt = kernel.reserve(maxRows * columns.count * 4);
  const outAt = kernel.reserve(maxRows * players * 8);
  const x = kernel.floats(xAt, maxRows * columns.count);
  const answers = kernel.doubles(outAt, maxRows * players);
  const width = rowWidth(forest);
  const { trees, treeCount, scratch, waysAt, sumsAt } = layout;
  const { [`${name}_row`]: byRow, [`${name}_rows`]: byRows } = kernel.functions;
  return {
    baseValue: plan.baseValue,
    maxRows,
    explain(row, offset, out) {
      if (!columns.fill(row, offset, x(), 0, 1)) return false;
      const answer = answers().fill(0, 0, players);
      byRow!(trees, treeCount, xAt, columns.count, 1, scratch, waysAt, sumsAt, players, outAt);
      for (let player = 0; player < players; player++) out[player] = answer[player]!;
      return true;
    },
    explainRows(rows, from, count, out) {
      const input = x();
      const groups = Math.ceil(count / lanes);
      for (let lane = 0; lane < groups * lanes; lane++) {
        // The last vector is filled up with its last row.
        const offset = (from + Math.min(lane, count - 1)) * width;
        const at = Math.floor(lane / lanes) * columns.count * lanes + (lane % lanes);
        if (!columns.fill(rows, offset, input, at, lanes)) return false;
      }
      const answer = answers().fill(0);
      byRows!(trees, treeCount, xAt, columns.count, groups, scratch, waysAt, sumsAt, players, outAt);
      for (let row = 0; row < count; row++) {
        const group = Math.floor(row / lanes) * players * lanes;
        for (let player = 0; player < players; player++)
          out[row * players + player] = answer[group + player * lanes + (row % lanes)]!;
      }
      return true;
    },
  };
}
