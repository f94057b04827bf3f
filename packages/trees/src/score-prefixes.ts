import { openEngine } from './engine.ts';
import { type Forest, LEAF } from './forest.ts';
import { trimForest } from './trim-forest.ts';

/**
 * What the forest's first trees alone say of `rowCount` rows, for each of `treeCounts` (ascending, 1 to the forest's): one walk through each tree serves
 * all of them. Float64 sums of float64 leaves, as `scoreExact` of the trimmed forest up to the order of addition (1e-12).
 */
export function scorePrefixes(
  forest: Forest,
  treeCounts: readonly number[],
  rows: Float32Array | Float64Array,
  rowCount: number,
): readonly Float64Array[] {
  const sums = new Float64Array(rowCount);
  const part = new Float64Array(rowCount);
  let before = 0;
  return treeCounts.map((trees) => {
    if (trees > before) {
      openEngine(treesBetween(forest, before, trees)).scoreBatch(rows, rowCount, part, true);
      for (let row = 0; row < rowCount; row++) sums[row]! += part[row]!;
    }
    before = trees;
    const { divisor, baseMargin } = trimForest(forest, { trees });
    return sums.map((sum) => sum / divisor + baseMargin);
  });
}

/** Some trees of a forest as one whose score is their plain sum. */
function treesBetween(forest: Forest, first: number, end: number): Forest {
  const from = forest.roots[first]!;
  const head = trimForest(forest, { trees: end });
  const moved = (children: Int32Array) => children.map((child) => (child === LEAF ? LEAF : child - from));
  return {
    ...head,
    treeCount: end - first,
    roots: head.roots.subarray(first).map((root) => root - from),
    feature: head.feature.subarray(from),
    value: head.value.subarray(from),
    left: moved(head.left.subarray(from)),
    right: moved(head.right.subarray(from)),
    missingGoesLeft: head.missingGoesLeft.subarray(from),
    zeroIsMissing: head.zeroIsMissing?.subarray(from),
    cover: head.cover.subarray(from),
    categories: head.categories && {
      ...head.categories,
      asks: head.categories.asks.subarray(from),
      start: head.categories.start.subarray(from),
      length: head.categories.length.subarray(from),
    },
    divisor: 1,
    baseMargin: 0,
  };
}
