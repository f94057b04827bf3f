import { type Forest, LEAF } from '../forest.ts';
import { goesLeft } from '../goes-left.ts';
import { endOf } from './plan.ts';

/**
 * How the rows of a background decide at every branch of one tree. Rows that decide alike at all of them are one pattern, so a tree of few branches
 * has few patterns however large the background is.
 */
export interface TreeDecisions {
  /** How many rows each pattern stands for. */
  readonly rowsOf: Int32Array;
  /** Words a node has in `goesLeft`. */
  readonly words: number;
  /** Pattern p goes left at the tree's n-th node where bit p mod 32 of word n · `words` + ⌊p / 32⌋ is set. */
  readonly goesLeft: Int32Array;
}

/** Decides each branch for each of `rowCount` rows of `width` values; memory: nodes × patterns bits. */
export function decideBackground(
  forest: Forest,
  rows: Float32Array | Float64Array,
  rowCount: number,
  width: number,
): readonly TreeDecisions[] {
  return Array.from({ length: forest.treeCount }, (_, tree) => {
    const nodes = endOf(forest, tree) - forest.roots[tree]!;
    const decided = decideTree(forest, forest.roots[tree]!, nodes, rows, rowCount, width);
    return pack(decided, nodes, rowCount);
  });
}

/** One byte a node and row; leaves stay 0. */
function decideTree(
  forest: Forest,
  root: number,
  nodes: number,
  rows: Float32Array | Float64Array,
  rowCount: number,
  width: number,
): Uint8Array {
  const decided = new Uint8Array(nodes * rowCount);
  for (let n = 0; n < nodes; n++) {
    const column = forest.feature[root + n]!;
    if (column === LEAF) continue;
    for (let row = 0; row < rowCount; row++) {
      if (goesLeft(forest, root + n, rows[row * width + column]!)) decided[n * rowCount + row] = 1;
    }
  }
  return decided;
}

function pack(decided: Uint8Array, nodes: number, rowCount: number): TreeDecisions {
  const { patternOf, patterns } = findPatterns(decided, nodes, rowCount);
  const rowsOf = new Int32Array(patterns);
  const words = (patterns + 31) >>> 5;
  const bits = new Int32Array(nodes * words);
  for (let row = 0; row < rowCount; row++) {
    const pattern = patternOf[row]!;
    if (rowsOf[pattern]!++ > 0) continue;
    for (let n = 0; n < nodes; n++) bits[n * words + (pattern >>> 5)]! |= decided[n * rowCount + row]! << (pattern & 31);
  }
  return { rowsOf, words, goesLeft: bits };
}

/** Splits the rows node by node into those that have decided alike so far. */
function findPatterns(decided: Uint8Array, nodes: number, rowCount: number): { patternOf: Int32Array; patterns: number } {
  const patternOf = new Int32Array(rowCount);
  const renumbered = new Int32Array(2 * rowCount);
  let patterns = 1;
  for (let n = 0; n < nodes && patterns < rowCount; n++) {
    renumbered.fill(-1, 0, 2 * patterns);
    patterns = 0;
    for (let row = 0; row < rowCount; row++) {
      const key = 2 * patternOf[row]! + decided[n * rowCount + row]!;
      if (renumbered[key] === -1) renumbered[key] = patterns++;
      patternOf[row] = renumbered[key]!;
    }
  }
  return { patternOf, patterns };
}
