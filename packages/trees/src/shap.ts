import { isInSet } from './category-sets.ts';
import { checkOut, checkRow } from './check-rows.ts';
import { type Forest, LEAF, ZERO_THRESHOLD } from './forest.ts';
import { endOf, planShap, type ShapPlan } from './shap/plan.ts';
import { sharePlayers } from './shap/share-players.ts';

/** Explains rows of one forest; keeps scratch memory, so one explainer serves one row at a time. */
export interface TreeExplainer {
  /** The forest's mean score over its training rows, what contributions start from. */
  readonly baseValue: number;
  /**
   * Writes feature i's exact path-dependent Shapley value to `out[outOffset + i]` and returns the base value; base value + Σ = `scoreExact`.
   * Values are in the forest's own space: log-odds, or probability.
   */
  explain(row: ArrayLike<number>, out: Float64Array, rowOffset?: number, outOffset?: number): number;
}

/**
 * Exact path-dependent TreeSHAP in the quadrature form (Quadrature-TreeSHAP, arXiv 2605.04497): the Shapley weight is a Beta integral over
 * t ∈ [0, 1] of a product of one linear factor a distinct feature on the path, o·t + (1 − t)·z, with o = 1 where the row satisfies the path's
 * conditions on the feature and z their share of the training weight; Gauss–Legendre integrates it exactly. The contribution of the feature
 * at a branch telescopes into its repeats, so each branch adds once. Work: branches × ⌈d / 2⌉; nothing is allocated per row.
 */
export function openExplainer(forest: Forest): TreeExplainer {
  const plan = planShap(forest);
  const { players } = forest;
  const scratch = openScratch(plan, players?.features.length ?? 0);
  return {
    baseValue: plan.baseValue,
    explain(row, out, rowOffset = 0, outOffset = 0) {
      checkRow(forest, row, rowOffset);
      checkOut(out, outOffset, forest.featureCount);
      out.fill(0, outOffset, outOffset + forest.featureCount);
      const sums = players === undefined ? out : scratch.players.fill(0);
      const sumsOffset = players === undefined ? outOffset : 0;
      for (let tree = 0; tree < forest.treeCount; tree++) {
        descend(forest, plan, scratch, tree, row, rowOffset);
        ascend(forest, plan, scratch, tree, sums, sumsOffset);
      }
      if (players !== undefined) sharePlayers(players.features, sums, out, outOffset);
      if (forest.divisor !== 1) for (let i = 0; i < forest.featureCount; i++) out[outOffset + i]! /= forest.divisor;
      return plan.baseValue;
    },
  };
}

type Scratch = ReturnType<typeof openScratch>;

const openScratch = ({ maxNodes, maxQuadrature }: ShapPlan, playerCount: number) => ({
  players: new Float64Array(playerCount),
  /** Whether the row would go left, and whether it satisfies the path's earlier conditions on the branch's feature. */
  goesLeft: new Uint8Array(maxNodes),
  satisfied: new Uint8Array(maxNodes),
  /** P: the product of the factors on the path to a node, at each quadrature node. */
  path: new Float64Array(maxNodes * maxQuadrature),
  /** S: the sum of leaves below a node, each times its factors from there on. */
  below: new Float64Array(maxNodes * maxQuadrature),
});

/** From the root: where the row goes, and the path products. */
function descend(
  forest: Forest,
  plan: ShapPlan,
  scratch: Scratch,
  tree: number,
  row: ArrayLike<number>,
  rowOffset: number,
): void {
  const { feature, value, left, right, missingGoesLeft, zeroIsMissing, categories } = forest;
  const { leftShare, rightShare, shareAbove, branchAbove, tookLeftAbove } = plan;
  const { goesLeft, satisfied, path } = scratch;
  const { nodes } = plan.quadrature[tree]!;
  const count = nodes.length;
  const root = forest.roots[tree]!;
  const end = endOf(forest, tree);
  path.fill(1, 0, count);
  for (let node = root; node < end; node++) {
    const column = feature[node]!;
    if (column === LEAF) continue;
    const x = row[rowOffset + column]!;
    const present = zeroIsMissing === undefined || zeroIsMissing[node] === 0 || Math.abs(x) > ZERO_THRESHOLD;
    let isLeft = present && x <= value[node]! ? 1 : present && x > value[node]! ? 0 : missingGoesLeft[node]!;
    if (categories !== undefined && categories.asks[node] === 1 && present && !Number.isNaN(x))
      isLeft = isInSet(categories, node, x) ? 1 : 0;
    const above = branchAbove[node]!;
    const isSatisfied = above < 0 || (satisfied[above - root] === 1 && goesLeft[above - root] === tookLeftAbove[node]) ? 1 : 0;
    goesLeft[node - root] = isLeft;
    satisfied[node - root] = isSatisfied;
    const hot = ((isLeft ? left[node]! : right[node]!) - root) * count;
    const cold = ((isLeft ? right[node]! : left[node]!) - root) * count;
    const hotShare = isLeft ? leftShare[node]! : rightShare[node]!;
    const coldShare = isLeft ? rightShare[node]! : leftShare[node]!;
    const here = (node - root) * count;
    if (isSatisfied === 0) {
      for (let q = 0; q < count; q++) {
        path[hot + q] = path[here + q]! * hotShare;
        path[cold + q] = path[here + q]! * coldShare;
      }
    } else if (above < 0) {
      for (let q = 0; q < count; q++) {
        const rest = path[here + q]! * (1 - nodes[q]!);
        path[hot + q] = path[here + q]! - rest * (1 - hotShare);
        path[cold + q] = rest * coldShare;
      }
    } else {
      const z = shareAbove[node]!;
      for (let q = 0; q < count; q++) {
        const t = nodes[q]!;
        const rest = (path[here + q]! * (1 - t) * z) / (t + (1 - t) * z);
        path[hot + q] = path[here + q]! - rest * (1 - hotShare);
        path[cold + q] = rest * coldShare;
      }
    }
  }
}

/** Back to the root: what lies below each branch, and what its feature contributes there. */
function ascend(forest: Forest, plan: ShapPlan, scratch: Scratch, tree: number, out: Float64Array, outOffset: number): void {
  const { feature, value, left, right } = forest;
  const { leftShare, rightShare, shareAbove, player } = plan;
  const { goesLeft, satisfied, path, below } = scratch;
  const { nodes, weights } = plan.quadrature[tree]!;
  const count = nodes.length;
  const root = forest.roots[tree]!;
  for (let node = endOf(forest, tree) - 1; node >= root; node--) {
    const here = (node - root) * count;
    if (feature[node] === LEAF) {
      below.fill(value[node]!, here, here + count);
      continue;
    }
    const isLeft = goesLeft[node - root] === 1;
    const hot = ((isLeft ? left[node]! : right[node]!) - root) * count;
    const cold = ((isLeft ? right[node]! : left[node]!) - root) * count;
    const hotShare = isLeft ? leftShare[node]! : rightShare[node]!;
    const coldShare = isLeft ? rightShare[node]! : leftShare[node]!;
    if (satisfied[node - root] === 0) {
      for (let q = 0; q < count; q++) below[here + q] = hotShare * below[hot + q]! + coldShare * below[cold + q]!;
      continue;
    }
    const z = shareAbove[node]!;
    const missed = 1 - hotShare;
    let contribution = 0;
    if (z === 1) {
      for (let q = 0; q < count; q++) {
        const change = missed * below[hot + q]! - coldShare * below[cold + q]!;
        below[here + q] = below[hot + q]! - (1 - nodes[q]!) * change;
        contribution += weights[q]! * path[here + q]! * change;
      }
    } else {
      for (let q = 0; q < count; q++) {
        const factor = nodes[q]! + (1 - nodes[q]!) * z;
        const change = ((missed * below[hot + q]! - coldShare * below[cold + q]!) * z) / factor;
        below[here + q] = below[hot + q]! - (1 - nodes[q]!) * change;
        contribution += (weights[q]! * path[here + q]! * change) / factor;
      }
    }
    out[outOffset + player[node]!]! += contribution;
  }
}
