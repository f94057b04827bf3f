import { type Forest, rowWidth } from '../forest.ts';
import type { ShapPlan } from '../shap/plan.ts';
import type { Columns } from './columns.ts';
import { layOutTables, openTreeExplainer } from './contribution-tables.ts';
import type { ExplainLayout } from './explain-layout.ts';
import type { Kernel } from './kernel.ts';
import type { ObliviousLayout } from './oblivious-layout.ts';
import type { RowExplainer } from './row-explainer.ts';

const MAX_ROWS = 16;

/** Explains oblivious trees by look-up; undefined where one has no split or the tables would be too large. */
export function openTableExplainer(
  kernel: Kernel,
  forest: Forest,
  columns: Columns,
  oblivious: ObliviousLayout,
  { plan, layout, players }: { readonly plan: ShapPlan; readonly layout: ExplainLayout; readonly players: number },
): RowExplainer | undefined {
  if (layout.treeCount !== forest.treeCount) return undefined;
  const { columns: asked, thresholds, depths, firsts, values, leaves, trees } = oblivious;
  const explainTree = openTreeExplainer(kernel, layout, { columns: columns.count, players });
  const tables = layOutTables(kernel, forest, { plan, columnOf: columns.ofNode, trees }, explainTree);
  if (tables === undefined) return undefined;
  const xAt = kernel.reserve(columns.count * 4);
  const outAt = kernel.reserve(players * 8);
  const x = kernel.floats(xAt, columns.count);
  const answer = kernel.doubles(outAt, players);
  const width = rowWidth(forest);
  const { score_oblivious: findLeaves, explain_table: addUp } = kernel.functions;

  const explain = (row: ArrayLike<number>, offset: number, out: Float64Array, at: number): boolean => {
    if (!columns.fill(row, offset, x(), 0, 1)) return false;
    findLeaves!(asked, thresholds, depths, firsts, trees.length, values, xAt, 0, leaves);
    const sums = answer().fill(0);
    addUp!(leaves, tables.tables, tables.offsets, tables.widths, tables.players, trees.length, outAt);
    for (let player = 0; player < players; player++) out[at + player] = sums[player]!;
    return true;
  };

  return {
    baseValue: plan.baseValue,
    maxRows: MAX_ROWS,
    explain: (row, offset, out) => explain(row, offset, out, 0),
    explainRows(rows, from, count, out) {
      for (let row = 0; row < count; row++) if (!explain(rows, (from + row) * width, out, row * players)) return false;
      return true;
    },
  };
}
