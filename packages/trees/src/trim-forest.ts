import { type Forest, LEAF } from './forest.ts';

/** How much of a forest is kept. */
export interface ForestSize {
  /** The first so many trees. */
  readonly trees: number;
  /** Leaves a tree, at most; undefined: as they were grown. */
  readonly leaves?: number | undefined;
}

/**
 * The forest that growing would have given had it stopped earlier: its first trees, each cut back to `leaves` leaves in the best-first order
 * of Gini gain (Breiman et al. 1984; Shi 2007), where a leaf says the cover-weighted mean of what it swallowed. Of the forest's own arrays where
 * nothing is cut. Trees that were not grown best first may be cut too, to a valid tree with the same means.
 */
export function trimForest(forest: Forest, { trees, leaves }: ForestSize): Forest {
  const treeCount = Math.max(1, Math.min(trees, forest.treeCount));
  // The sum of a random forest is divided by the number of its trees, other divisors are constants.
  const divisor = forest.divisor === forest.treeCount ? treeCount : forest.divisor;
  const end = forest.roots[treeCount] ?? forest.feature.length;
  const head: Forest = {
    ...sliceNodes(forest, 0, end),
    treeCount,
    divisor,
    roots: forest.roots.subarray(0, treeCount),
  };
  return leaves === undefined ? head : cutBack(head, Math.max(1, leaves));
}

const sliceNodes = (forest: Forest, from: number, to: number): Forest => ({
  ...forest,
  feature: forest.feature.subarray(from, to),
  value: forest.value.subarray(from, to),
  left: forest.left.subarray(from, to),
  right: forest.right.subarray(from, to),
  missingGoesLeft: forest.missingGoesLeft.subarray(from, to),
  zeroIsMissing: forest.zeroIsMissing?.subarray(from, to),
  cover: forest.cover.subarray(from, to),
  ...(forest.categories && {
    categories: {
      ...forest.categories,
      asks: forest.categories.asks.subarray(from, to),
      start: forest.categories.start.subarray(from, to),
      length: forest.categories.length.subarray(from, to),
    },
  }),
});

function cutBack(forest: Forest, leaves: number): Forest {
  const mean = meansOf(forest);
  const kept: number[] = [];
  const isLeaf = new Uint8Array(forest.feature.length);
  const roots = new Int32Array(forest.treeCount);
  for (let tree = 0; tree < forest.treeCount; tree++) {
    const grown = growBestFirst(forest, mean, forest.roots[tree]!, leaves);
    roots[tree] = kept.length;
    const waiting = [forest.roots[tree]!];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      kept.push(node);
      if (grown.has(node)) waiting.push(forest.right[node]!, forest.left[node]!);
      else isLeaf[node] = 1;
    }
  }
  return { ...pickNodes(forest, kept, isLeaf, mean), roots };
}

/** Each node's cover-weighted mean of its leaves. */
function meansOf({ feature, value, left, right, cover }: Forest): Float64Array {
  const mean = Float64Array.from(value);
  for (let node = feature.length - 1; node >= 0; node--) {
    if (feature[node] === LEAF) continue;
    const [l, r] = [left[node]!, right[node]!];
    const weight = cover[l]! + cover[r]!;
    mean[node] = weight > 0 ? (cover[l]! * mean[l]! + cover[r]! * mean[r]!) / weight : (mean[l]! + mean[r]!) / 2;
  }
  return mean;
}

/** The branches that a best-first growth to `leaves` leaves opens. */
function growBestFirst({ feature, left, right, cover }: Forest, mean: Float64Array, root: number, leaves: number): Set<number> {
  // Weighted Gini impurity falls by twice the weighted squares' rise: w·2p(1 − p) summed before and after.
  const gain = (node: number): number => {
    const [l, r] = [left[node]!, right[node]!];
    return cover[l]! * (mean[l]! - mean[node]!) ** 2 + cover[r]! * (mean[r]! - mean[node]!) ** 2;
  };
  const open = new Set<number>();
  const frontier: { node: number; gain: number }[] = [];
  const meet = (node: number): void => {
    if (feature[node] !== LEAF) frontier.push({ node, gain: gain(node) });
  };
  meet(root);
  while (open.size < leaves - 1 && frontier.length > 0) {
    let best = 0;
    for (let i = 1; i < frontier.length; i++) if (frontier[i]!.gain > frontier[best]!.gain) best = i;
    const { node } = frontier.splice(best, 1)[0]!;
    open.add(node);
    meet(left[node]!);
    meet(right[node]!);
  }
  return open;
}

/** The forest of the nodes `kept`, in that order; children are renumbered. */
function pickNodes(forest: Forest, kept: readonly number[], isLeaf: Uint8Array, mean: Float64Array): Forest {
  const place = new Int32Array(forest.feature.length).fill(-1);
  kept.forEach((node, index) => {
    place[node] = index;
  });
  const of = <T>(pick: (node: number) => T): T[] => kept.map(pick);
  const branch = (child: Int32Array) => Int32Array.from(of((node) => (isLeaf[node] === 1 ? LEAF : place[child[node]!]!)));
  const { categories } = forest;
  return {
    ...forest,
    feature: Int32Array.from(of((node) => (isLeaf[node] === 1 ? LEAF : forest.feature[node]!))),
    value: Float64Array.from(of((node) => (isLeaf[node] === 1 ? mean[node]! : forest.value[node]!))),
    left: branch(forest.left),
    right: branch(forest.right),
    missingGoesLeft: Uint8Array.from(of((node) => (isLeaf[node] === 1 ? 0 : forest.missingGoesLeft[node]!))),
    zeroIsMissing: forest.zeroIsMissing && Uint8Array.from(of((node) => forest.zeroIsMissing![node]!)),
    cover: Float64Array.from(of((node) => forest.cover[node]!)),
    categories: categories && {
      ...categories,
      asks: Uint8Array.from(of((node) => (isLeaf[node] === 1 ? 0 : categories.asks[node]!))),
      start: Int32Array.from(of((node) => categories.start[node]!)),
      length: Int32Array.from(of((node) => categories.length[node]!)),
    },
  };
}
