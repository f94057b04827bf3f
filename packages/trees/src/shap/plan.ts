import { type Forest, LEAF } from '../forest.ts';
import { gaussLegendre, type Quadrature } from './quadrature.ts';

/**
 * What exact SHAP can know of a forest before it sees a row. Per branch u with split feature i: the shares of its training weight that went
 * left and right, the product of i's shares on the path above u, and the nearest branch above that asks about i, with the side the path took there.
 */
export interface ShapPlan {
  /** By node: who the contribution of a branch belongs to; a column is its own player unless the forest says otherwise. */
  readonly player: Int32Array;
  readonly leftShare: Float64Array;
  readonly rightShare: Float64Array;
  /** 1 where i is met for the first time. */
  readonly shareAbove: Float64Array;
  /** −1 where i is met for the first time. */
  readonly branchAbove: Int32Array;
  readonly tookLeftAbove: Uint8Array;
  /** The rule of each tree, shared by trees of equal needs. */
  readonly quadrature: readonly Quadrature[];
  readonly maxNodes: number;
  readonly maxQuadrature: number;
  /** The training-weighted mean of each forest output: Σ trees / divisor + base margin. */
  readonly baseValue: number;
}

/** Prepares a forest for explaining. */
export function planShap(forest: Forest): ShapPlan {
  const shares = sharesOf(forest);
  const player = playersOf(forest);
  const repeats = repeatsOf(forest, player, shares);
  const rules = new Map<number, Quadrature>();
  // An integrand of degree d − 1, d distinct features on the longest path, needs ⌈d / 2⌉ nodes.
  const quadrature = Array.from(repeats.distinct, (distinct) => {
    const count = Math.max(1, Math.ceil(distinct / 2));
    const rule = rules.get(count) ?? gaussLegendre(count);
    rules.set(count, rule);
    return rule;
  });
  let maxNodes = 0;
  for (let tree = 0; tree < forest.treeCount; tree++) maxNodes = Math.max(maxNodes, endOf(forest, tree) - forest.roots[tree]!);
  return {
    player,
    ...shares,
    shareAbove: repeats.shareAbove,
    branchAbove: repeats.branchAbove,
    tookLeftAbove: repeats.tookLeftAbove,
    quadrature,
    maxNodes,
    maxQuadrature: quadrature.reduce((most, rule) => Math.max(most, rule.nodes.length), 1),
    baseValue: baseValueOf(forest, shares),
  };
}

/** The node behind a tree's last one. */
export const endOf = (forest: Forest, tree: number): number => forest.roots[tree + 1] ?? forest.feature.length;

type Shares = Pick<ShapPlan, 'leftShare' | 'rightShare'>;

/** The library divides a child's cover by its parent's; float32 covers need not add up, so both shares are kept. */
function sharesOf({ feature, left, right, cover }: Forest): Shares {
  const leftShare = new Float64Array(feature.length);
  const rightShare = new Float64Array(feature.length);
  for (let node = 0; node < feature.length; node++) {
    if (feature[node] === LEAF) continue;
    const whole = cover[node]!;
    // No training row came here, so nothing is known of its ways: both are taken as likely.
    leftShare[node] = whole > 0 ? cover[left[node]!]! / whole : 0.5;
    rightShare[node] = whole > 0 ? cover[right[node]!]! / whole : 0.5;
  }
  return { leftShare, rightShare };
}

const playersOf = ({ feature, players }: Forest): Int32Array =>
  players === undefined ? feature : feature.map((column) => (column === LEAF ? LEAF : players.ofColumn[column]!));

function repeatsOf(forest: Forest, player: Int32Array, { leftShare, rightShare }: Shares) {
  const { feature, left, right } = forest;
  const shareAbove = new Float64Array(feature.length).fill(1);
  const branchAbove = new Int32Array(feature.length).fill(-1);
  const tookLeftAbove = new Uint8Array(feature.length);
  const parent = new Int32Array(feature.length).fill(-1);
  const depth = new Int32Array(feature.length);
  const distinct = new Int32Array(forest.treeCount);
  for (let tree = 0; tree < forest.treeCount; tree++) {
    for (let node = forest.roots[tree]!; node < endOf(forest, tree); node++) {
      if (feature[node] === LEAF) {
        distinct[tree] = Math.max(distinct[tree]!, depth[node]!);
        continue;
      }
      parent[left[node]!] = node;
      parent[right[node]!] = node;
      let below = node;
      let above = parent[node]!;
      while (above >= 0 && player[above] !== player[node]) {
        below = above;
        above = parent[above]!;
      }
      if (above >= 0) {
        const tookLeft = left[above] === below;
        branchAbove[node] = above;
        tookLeftAbove[node] = tookLeft ? 1 : 0;
        shareAbove[node] = shareAbove[above]! * (tookLeft ? leftShare[above]! : rightShare[above]!);
      }
      // depth counts distinct features only.
      const deeper = depth[node]! + (above >= 0 ? 0 : 1);
      depth[left[node]!] = deeper;
      depth[right[node]!] = deeper;
    }
  }
  return { shareAbove, branchAbove, tookLeftAbove, distinct };
}

/** What the library writes into its bias column: each branch's mean is its children's, weighted by their shares. */
function baseValueOf(forest: Forest, { leftShare, rightShare }: Shares): number {
  const { feature, value, left, right } = forest;
  const mean = new Float64Array(value.length);
  for (let node = value.length - 1; node >= 0; node--) {
    mean[node] =
      feature[node] === LEAF ? value[node]! : leftShare[node]! * mean[left[node]!]! + rightShare[node]! * mean[right[node]!]!;
  }
  let sum = 0;
  for (const root of forest.roots) sum += mean[root]!;
  return sum / forest.divisor + forest.baseMargin;
}
