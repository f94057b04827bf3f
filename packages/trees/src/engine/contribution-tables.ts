import type { Forest } from '../forest.ts';
import type { ShapPlan } from '../shap/plan.ts';
import type { ExplainLayout } from './explain-layout.ts';
import type { Kernel } from './kernel.ts';
import type { ObliviousTree } from './oblivious-layout.ts';
import { thresholdOf } from './walk-layout.ts';

/** Where the kernel finds the tables (explain_table of kernel/score.c): of each tree [leaf][player] for the players it asks about. */
export interface TableLayout {
  readonly tables: number;
  readonly offsets: number;
  readonly widths: number;
  readonly players: number;
}

/** Larger tables would only push the trees out of the cache. */
const MAX_TABLE_BYTES = 32 * 2 ** 20;

/**
 * Contributions of an oblivious tree depend on the leaf alone, so each leaf is explained once, at load, by the kernel itself on a row that ends
 * there; leaves that contradict themselves are never reached and stay 0. Undefined where the tables would be too large.
 */
export function layOutTables(
  kernel: Kernel,
  forest: Forest,
  { plan, columnOf, trees }: { readonly plan: ShapPlan; readonly columnOf: Int32Array; readonly trees: readonly ObliviousTree[] },
  explainTree: (tree: number, row: ReadonlyMap<number, number>) => Float64Array,
): TableLayout | undefined {
  const asked = trees.map(({ levels }) => [...new Set(levels.map((node) => plan.player[node]!))]);
  const size = trees.reduce((sum, { leaves }, tree) => sum + leaves.length * asked[tree]!.length, 0);
  if (size * 8 > MAX_TABLE_BYTES) return undefined;
  const layout = {
    tables: kernel.reserve(size * 8),
    offsets: kernel.reserve(trees.length * 4),
    widths: kernel.reserve(trees.length),
    players: kernel.reserve(asked.reduce((sum, players) => sum + players.length, 0) * 2),
  };
  let offset = 0;
  let listed = 0;
  for (const [index, tree] of trees.entries()) {
    const players = asked[index]!;
    const view = new DataView(kernel.memory.buffer);
    view.setUint32(layout.offsets + index * 4, offset, true);
    view.setUint8(layout.widths + index, players.length);
    for (const player of players) view.setUint16(layout.players + listed++ * 2, player, true);
    for (let leaf = 0; leaf < tree.leaves.length; leaf++) {
      const row = rowOf(forest, columnOf, tree, leaf);
      if (row !== undefined) {
        const contributions = explainTree(index, row);
        for (const [place, player] of players.entries())
          view.setFloat64(layout.tables + (offset + place) * 8, contributions[player]!, true);
      }
      offset += players.length;
    }
  }
  return layout;
}

/** Values by column with which a row ends at the leaf; undefined where no row does. */
function rowOf(forest: Forest, columnOf: Int32Array, { levels }: ObliviousTree, leaf: number): Map<number, number> | undefined {
  const atMost = new Map<number, number>();
  const above = new Map<number, number>();
  for (const [level, node] of levels.entries()) {
    const column = columnOf[node]!;
    const threshold = thresholdOf(forest, node);
    const goesRight = ((leaf >> (levels.length - 1 - level)) & 1) === 1;
    if (goesRight) above.set(column, Math.max(above.get(column) ?? Number.NEGATIVE_INFINITY, threshold));
    else atMost.set(column, Math.min(atMost.get(column) ?? Number.POSITIVE_INFINITY, threshold));
  }
  // NaN is at most nothing, so it goes right everywhere.
  const row = new Map([...above.keys()].map((column) => [column, Number.NaN]));
  for (const [column, most] of atMost) {
    if (most <= (above.get(column) ?? Number.NEGATIVE_INFINITY)) return undefined;
    row.set(column, most);
  }
  return row;
}

/** Explains rows of single trees for the tables, by the kernel's own float64 explainer. */
export function openTreeExplainer(
  kernel: Kernel,
  { kind, trees, treeBytes, waysAt, sumsAt, scratch }: ExplainLayout,
  { columns, players }: { readonly columns: number; readonly players: number },
): (tree: number, row: ReadonlyMap<number, number>) => Float64Array {
  const xAt = kernel.reserve(columns * 4);
  const outAt = kernel.reserve(players * 8);
  const x = kernel.floats(xAt, columns);
  const out = kernel.doubles(outAt, players);
  const explain = kernel.functions[`${kind.name}_row`]!;
  return (tree, row) => {
    const values = x();
    for (const [column, value] of row) values[column] = value;
    const answer = out().fill(0);
    explain(trees + tree * treeBytes, 1, xAt, columns, 1, scratch, waysAt, sumsAt, players, outAt);
    return answer;
  };
}
