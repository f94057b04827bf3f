import { type Forest, LEAF } from '../forest.ts';
import { goesLeft } from '../goes-left.ts';
import { endOf, type ShapPlan } from './plan.ts';

/** Adds one tree's SHAP values to `alone`, by player, and its interaction indices to `pairs`, players × players, above the diagonal. */
export type PairWalk = (
  tree: number,
  row: ArrayLike<number>,
  rowOffset: number,
  alone: Float64Array,
  pairs: Float64Array,
) => void;

/**
 * Interaction indices in the quadrature form of `openExplainer` (arXiv 2605.04497). A leaf v adds v ∫ Π f_k · r_i r_j dt to a pair (i, j), where
 * f = o·t + (1 − t)·z and r = (o − z) / f. Down a path one factor changes at a branch, so the product r_i r_j telescopes as r_i does: a branch
 * on j adds what it adds to j's SHAP value, times r_i under the integral, for each other player i above it. The integrand loses a degree, so the
 * rule of the SHAP values serves. Work: branches × depth × ⌈d / 2⌉, d players on the longest path; nothing is allocated per row.
 */
export function openPairWalk(forest: Forest, plan: ShapPlan, playerCount: number): PairWalk {
  const scratch = openScratch(plan, playerCount);
  const parent = parentsOf(forest);
  return (tree, row, rowOffset, alone, pairs) => {
    scratch.metFrom.fill(-1);
    descend(forest, plan, scratch, tree, row, rowOffset);
    ascend(forest, plan, scratch, tree, parent, alone, pairs);
  };
}

type Scratch = ReturnType<typeof openScratch>;

const openScratch = ({ maxNodes, maxQuadrature }: ShapPlan, playerCount: number) => ({
  isLeft: new Uint8Array(maxNodes),
  /** By node: whether the row satisfies all conditions that the path there holds on the player of the branch above. */
  satisfies: new Uint8Array(maxNodes),
  /** By branch: the same of the branch's own player, on the path to it. */
  satisfied: new Uint8Array(maxNodes),
  /** By node and quadrature node: Π f on the path, and r of the player of the branch above where the row satisfies the path. */
  path: new Float64Array(maxNodes * maxQuadrature),
  ratio: new Float64Array(maxNodes * maxQuadrature),
  /** Sum of leaves below, each times its factors from there on. */
  below: new Float64Array(maxNodes * maxQuadrature),
  /** What a branch adds to its player's SHAP value, under the integral. */
  added: new Float64Array(maxQuadrature),
  /** By player: the branch that met it last on its way up. */
  metFrom: new Int32Array(playerCount).fill(-1),
});

function parentsOf({ feature, left, right }: Forest): Int32Array {
  const parent = new Int32Array(feature.length).fill(-1);
  for (let node = 0; node < feature.length; node++) {
    if (feature[node] === LEAF) continue;
    parent[left[node]!] = parent[right[node]!] = node;
  }
  return parent;
}

/** From the root: where the row goes, and each child's path product and ratio. */
function descend(
  forest: Forest,
  plan: ShapPlan,
  scratch: Scratch,
  tree: number,
  row: ArrayLike<number>,
  rowOffset: number,
): void {
  const { feature, left, right } = forest;
  const { leftShare, rightShare, shareAbove, branchAbove, tookLeftAbove } = plan;
  const { isLeft, satisfies, satisfied, path, ratio } = scratch;
  const { nodes } = plan.quadrature[tree]!;
  const count = nodes.length;
  const root = forest.roots[tree]!;
  const end = endOf(forest, tree);
  path.fill(1, 0, count);
  for (let node = root; node < end; node++) {
    const column = feature[node]!;
    if (column === LEAF) continue;
    const takesLeft = goesLeft(forest, node, row[rowOffset + column]!);
    const above = branchAbove[node]!;
    const isSatisfied = above < 0 || (satisfied[above - root] === 1 && isLeft[above - root] === tookLeftAbove[node]);
    isLeft[node - root] = takesLeft ? 1 : 0;
    satisfied[node - root] = isSatisfied ? 1 : 0;
    const z = shareAbove[node]!;
    const here = (node - root) * count;
    for (const child of [left[node]!, right[node]!]) {
      const share = child === left[node] ? leftShare[node]! : rightShare[node]!;
      const isHot = isSatisfied && (child === left[node]) === takesLeft;
      satisfies[child - root] = isHot ? 1 : 0;
      const there = (child - root) * count;
      for (let q = 0; q < count; q++) {
        const t = nodes[q]!;
        const rest = (1 - t) * z * share;
        if (!isSatisfied) path[there + q] = path[here + q]! * share;
        else path[there + q] = (path[here + q]! * (isHot ? t + rest : rest)) / (t + (1 - t) * z);
        if (isHot) ratio[there + q] = (1 - z * share) / (t + rest);
      }
    }
  }
}

/** Back to the root: what lies below each branch, what its player gains there, and what each pair with a player above does. */
function ascend(
  forest: Forest,
  plan: ShapPlan,
  scratch: Scratch,
  tree: number,
  parent: Int32Array,
  alone: Float64Array,
  pairs: Float64Array,
): void {
  const { feature, value, left, right } = forest;
  const { leftShare, rightShare, shareAbove, player } = plan;
  const { isLeft, satisfied, path, below, added } = scratch;
  const { nodes, weights } = plan.quadrature[tree]!;
  const count = nodes.length;
  const root = forest.roots[tree]!;
  for (let node = endOf(forest, tree) - 1; node >= root; node--) {
    const here = (node - root) * count;
    if (feature[node] === LEAF) {
      below.fill(value[node]!, here, here + count);
      continue;
    }
    const takesLeft = isLeft[node - root] === 1;
    const hot = ((takesLeft ? left[node]! : right[node]!) - root) * count;
    const cold = ((takesLeft ? right[node]! : left[node]!) - root) * count;
    const hotShare = takesLeft ? leftShare[node]! : rightShare[node]!;
    const coldShare = takesLeft ? rightShare[node]! : leftShare[node]!;
    if (satisfied[node - root] === 0) {
      for (let q = 0; q < count; q++) below[here + q] = hotShare * below[hot + q]! + coldShare * below[cold + q]!;
      continue;
    }
    const z = shareAbove[node]!;
    let sum = 0;
    for (let q = 0; q < count; q++) {
      const t = nodes[q]!;
      const factor = t + (1 - t) * z;
      const change = (((1 - hotShare) * below[hot + q]! - coldShare * below[cold + q]!) * z) / factor;
      below[here + q] = below[hot + q]! - (1 - t) * change;
      added[q] = (weights[q]! * path[here + q]! * change) / factor;
      sum += added[q]!;
    }
    alone[player[node]!]! += sum;
    pairWithAbove(node, root, plan, scratch, parent, nodes, pairs, alone.length);
  }
}

/** A branch with each other player on the path to it, as that player stands there: at its lowest branch. */
function pairWithAbove(
  node: number,
  root: number,
  { player }: ShapPlan,
  { satisfies, ratio, added, metFrom }: Scratch,
  parent: Int32Array,
  nodes: Float64Array,
  pairs: Float64Array,
  playerCount: number,
): void {
  const own = player[node]!;
  const count = nodes.length;
  // Players the row does not satisfy share one ratio: −z / ((1 − t) z).
  let unsatisfied = 0;
  for (let q = 0; q < count; q++) unsatisfied -= added[q]! / (1 - nodes[q]!);
  metFrom[own] = node;
  for (let child = node, above = parent[node]!; above >= 0; child = above, above = parent[above]!) {
    const other = player[above]!;
    if (metFrom[other] === node) continue;
    metFrom[other] = node;
    let both = unsatisfied;
    if (satisfies[child - root] === 1) {
      both = 0;
      for (let q = 0; q < count; q++) both += added[q]! * ratio[(child - root) * count + q]!;
    }
    pairs[other < own ? other * playerCount + own : own * playerCount + other]! += both;
  }
}
