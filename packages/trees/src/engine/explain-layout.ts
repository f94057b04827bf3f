import { type Forest, LEAF } from '../forest.ts';
import type { ShapPlan } from '../shap/plan.ts';
import type { Quadrature } from '../shap/quadrature.ts';
import type { Lanes } from './engine.ts';
import type { Kernel } from './kernel.ts';
import { isStump, levelOrder } from './level-order.ts';
import { thresholdOf } from './walk-layout.ts';

/** Which of the kernel's explainers a forest takes (kernel/shap.c). */
export interface ExplainerKind {
  readonly name: 'explain_f32' | 'explain_f64' | 'explain_f64_uneven';
  /** Rows in the lanes of one vector. */
  readonly lanes: number;
  readonly isSingle: boolean;
}

const kinds = {
  single: { name: 'explain_f32', lanes: 4, isSingle: true },
  even: { name: 'explain_f64', lanes: 2, isSingle: false },
  uneven: { name: 'explain_f64_uneven', lanes: 2, isSingle: false },
} as const satisfies Record<string, ExplainerKind>;

/** Shares that miss 1 by more were rounded by the library (XGBoost's float32 covers). */
const EVEN_TO = 4 * Number.EPSILON;

/** Forests from so many branches on go by float32 lanes: below, float64 costs nothing worth saving. */
const SINGLE_FROM = 2_000;

/**
 * Boosted models, whose log-odds add up, go by float64. Large forests of probabilities go by float32 lanes: their many trees average the
 * rounding away (≤ 2e-7 of a probability, and the sum is mended), unless the caller insists on one or the other.
 */
export function explainerKindOf(forest: Forest, { leftShare, rightShare }: ShapPlan, lanes: Lanes = 'auto'): ExplainerKind {
  let isEven = true;
  let branches = 0;
  for (let node = 0; node < leftShare.length; node++) {
    if (forest.feature[node] === LEAF) continue;
    branches++;
    isEven &&= Math.abs(leftShare[node]! + rightShare[node]! - 1) <= EVEN_TO;
  }
  if (!isEven) return kinds.uneven;
  const mayBeSingle = forest.kind === 'sklearn_forest' && forest.space === 'probability' && lanes !== 'float64';
  return mayBeSingle && (lanes === 'float32' || branches >= SINGLE_FROM) ? kinds.single : kinds.even;
}

/** Where the kernel finds the trees, and the memory it works in. */
export interface ExplainLayout {
  readonly kind: ExplainerKind;
  readonly trees: number;
  readonly treeCount: number;
  readonly treeBytes: number;
  /** Bytes of the vectors of the largest tree; its ways stand behind them. */
  readonly waysAt: number;
  readonly sumsAt: number;
  readonly scratch: number;
}

const TREE_BYTES = 24;
const VECTOR_BYTES = 16;
const WAY_VECTORS = 4;
/** Places in a tree are 16 bits wide. */
const MAX_BRANCHES = 65_535;
/** Sums in float32 move on to float64 after so many branches. */
const FLUSH_BRANCHES = 2_000;

/** Lays the trees out in the kernel's memory; undefined where a tree or the columns are too many for its 16-bit places. */
export function layOutExplainer(
  kernel: Kernel,
  forest: Forest,
  plan: ShapPlan,
  columnOf: Int32Array,
  { players, groups, lanes }: { readonly players: number; readonly groups: number; readonly lanes: Lanes },
): ExplainLayout | undefined {
  const kind = explainerKindOf(forest, plan, lanes);
  const trees = Array.from({ length: forest.treeCount }, (_, tree) => tree).filter((tree) => !isStump(forest, tree));
  const orders = trees.map((tree) => levelOrder(forest, plan, tree));
  const most = orders.reduce((largest, { nodes }) => Math.max(largest, nodes.length), 0);
  if (most > MAX_BRANCHES || players > MAX_BRANCHES || columnOf.some((column) => column > MAX_BRANCHES)) return undefined;
  const size = kind.isSingle ? 4 : 8;
  const lanesOfOneRow = VECTOR_BYTES / size;
  const branchBytes = 16 + 4 * size;
  const strideOf = (tree: number): number => Math.ceil(plan.quadrature[tree]!.nodes.length / lanesOfOneRow) * lanesOfOneRow;
  const header = kernel.reserve(trees.length * TREE_BYTES);
  const rules = new Map<Quadrature, number>();
  const places = orders.map(({ nodes, counts }, index) => {
    const tree = trees[index]!;
    const rule = plan.quadrature[tree]!;
    if (!rules.has(rule)) rules.set(rule, kernel.reserve(2 * strideOf(tree) * size));
    const repeats = nodes.filter((node) => plan.branchAbove[node]! >= 0).length;
    return {
      branches: kernel.reserve(nodes.length * branchBytes),
      counts: kernel.reserve(counts.length * 2),
      repeats: kernel.reserve(repeats * 2 * strideOf(tree) * size),
    };
  });
  const vectors = most * trees.reduce((largest, tree) => Math.max(largest, plan.quadrature[tree]!.nodes.length), 1);
  const waysAt = vectors * VECTOR_BYTES;
  const sumsAt = waysAt + most * WAY_VECTORS * VECTOR_BYTES;
  const scratch = kernel.reserve(sumsAt + groups * players * VECTOR_BYTES);

  const { buffer } = kernel.memory;
  const view = new DataView(buffer);
  const put = (at: number, value: number): void =>
    kind.isSingle ? view.setFloat32(at, value, true) : view.setFloat64(at, value, true);
  for (const [rule, at] of rules) {
    const stride = Math.ceil(rule.nodes.length / lanesOfOneRow) * lanesOfOneRow;
    for (let q = 0; q < stride; q++) {
      put(at + q * size, rule.nodes[q] ?? 0.5);
      put(at + (stride + q) * size, rule.weights[q] ?? 0);
    }
  }
  let sinceFlush = 0;
  for (const [index, tree] of trees.entries()) {
    const order = orders[index]!;
    const place = places[index]!;
    const rule = plan.quadrature[tree]!;
    const stride = strideOf(tree);
    const at = header + index * TREE_BYTES;
    sinceFlush += order.nodes.length;
    const flush = sinceFlush >= FLUSH_BRANCHES;
    if (flush) sinceFlush = 0;
    view.setUint32(at, place.branches, true);
    view.setUint32(at + 4, place.counts, true);
    view.setUint32(at + 8, place.repeats, true);
    view.setUint32(at + 12, rules.get(rule)!, true);
    for (const [field, value] of [order.levels, rule.nodes.length, stride, flush ? 1 : 0].entries())
      view.setUint16(at + 16 + field * 2, value, true);
    for (const [group, count] of order.counts.entries()) view.setUint16(place.counts + group * 2, count, true);
    const placeOf = new Map(order.nodes.map((node, position) => [node, position]));
    let repeat = place.repeats;
    for (const [position, node] of order.nodes.entries()) {
      const branch = place.branches + position * branchBytes;
      const [left, right] = [forest.left[node]!, forest.right[node]!];
      const isLeaf = (child: number): boolean => forest.feature[child] === LEAF;
      const above = plan.branchAbove[node]!;
      view.setFloat32(branch, thresholdOf(forest, node), true);
      const small = [
        columnOf[node]!,
        plan.player[node]!,
        placeOf.get(left) ?? 0,
        placeOf.get(right) ?? 0,
        above >= 0 ? placeOf.get(above)! : 0,
        above >= 0 && plan.tookLeftAbove[node] === 0 ? 0xffff : 0,
      ];
      for (const [field, value] of small.entries()) view.setUint16(branch + 4 + field * 2, value, true);
      const [a, b] = [plan.leftShare[node]!, plan.rightShare[node]!];
      let [x, y] = [0, 0];
      if (isLeaf(left) && isLeaf(right)) {
        [x, y] = [forest.value[left]!, forest.value[right]!];
        if (kind.name !== 'explain_f64_uneven') [x, y] = [x - y, y + a * (x - y)];
      } else if (isLeaf(left)) x = forest.value[left]!;
      else if (isLeaf(right)) x = forest.value[right]!;
      for (const [field, value] of [a, b, x, y].entries()) put(branch + 16 + field * size, value);
      if (above < 0) continue;
      const z = plan.shareAbove[node]!;
      for (let q = 0; q < stride; q++) {
        const t = rule.nodes[q] ?? 0.5;
        const g = t + (1 - t) * z;
        put(repeat + q * size, t / g);
        put(repeat + (stride + q) * size, z / (g * g));
      }
      repeat += 2 * stride * size;
    }
  }
  return { kind, trees: header, treeCount: trees.length, treeBytes: TREE_BYTES, waysAt, sumsAt, scratch };
}
