import { type Forest, LEAF } from '../forest.ts';
import { goesLeft } from '../goes-left.ts';
import type { TreeDecisions } from './background-decisions.ts';

/** Adds, over all rows of a background, what a row's players do in one tree. */
export type MixedWalk = (tree: number, decisions: TreeDecisions, row: ArrayLike<number>, rowOffset: number) => void;

/** Whose value of a player the path wants: either's will do, only the row's does, only the background's does. */
const EITHER = 0;
const ROW = 1;
const BACKGROUND = 2;

/**
 * Walks row and background through a tree together. A leaf that is reached with n_x players taken from the row and n_b from the background adds
 * v (n_x − 1)! n_b! / (n_x + n_b)! to each of the former and takes v n_x! (n_b − 1)! / (n_x + n_b)! from each of the latter; both weights are the
 * same for all of a leaf's players, so a player is paid once, where it is first taken, for all leaves below. Background rows that have
 * decided alike so far walk as one group: a slice of `order`, divided in place as quicksort does. Writes into `sums`, by player.
 */
export function openMixedWalk(
  forest: Forest,
  player: Int32Array,
  sums: Float64Array,
  { mostPlayers, mostPatterns }: { readonly mostPlayers: number; readonly mostPatterns: number },
): MixedWalk {
  const { feature, value, left, right, roots } = forest;
  const { weights, stride } = shapleyWeights(mostPlayers);
  const state = new Uint8Array(sums.length);
  const order = new Int32Array(mostPatterns);
  let root = 0;
  let bits: Int32Array = order;
  let words = 0;
  let rowsOf: Int32Array = order;
  let row: ArrayLike<number> = order;
  let rowOffset = 0;
  /** What `visit` found below: Σ leaf · rows · weight of a player taken from the row, and of one taken from the background. */
  let gain = 0;
  let loss = 0;
  /** Rows of the left part of the last division. */
  let leftRows = 0;

  /** Divides a group: those who go left first. Returns where the others begin. */
  function divide(node: number, from: number, to: number): number {
    const start = (node - root) * words;
    let middle = from;
    leftRows = 0;
    for (let at = from; at < to; at++) {
      const pattern = order[at]!;
      if (((bits[start + (pattern >>> 5)]! >>> (pattern & 31)) & 1) === 0) continue;
      order[at] = order[middle]!;
      order[middle++] = pattern;
      leftRows += rowsOf[pattern]!;
    }
    return middle;
  }

  /** `rows` rows of the group `from`–`to`, and how many players are taken from the row and from the background so far. */
  function visit(node: number, from: number, to: number, rows: number, ofRow: number, ofBackground: number): void {
    if (rows === 0) {
      gain = loss = 0;
      return;
    }
    const column = feature[node]!;
    if (column === LEAF) {
      const worth = value[node]! * rows;
      gain = ofRow === 0 ? 0 : worth * weights[(ofRow - 1) * stride + ofBackground]!;
      loss = ofBackground === 0 ? 0 : worth * weights[ofRow * stride + ofBackground - 1]!;
      return;
    }
    const wanted = state[player[node]!]!;
    if (wanted === BACKGROUND) visitByBackground(node, from, to, rows, ofRow, ofBackground);
    else {
      const isLeft = goesLeft(forest, node, row[rowOffset + column]!);
      if (wanted === EITHER) visitTogether(node, isLeft, from, to, rows, ofRow, ofBackground);
      else visit(isLeft ? left[node]! : right[node]!, from, to, rows, ofRow, ofBackground);
    }
  }

  /** Where either's value will do, those who decide as the row does go on with it. */
  function visitTogether(
    node: number,
    isLeft: boolean,
    from: number,
    to: number,
    rows: number,
    ofRow: number,
    ofBackground: number,
  ): void {
    const hot = isLeft ? left[node]! : right[node]!;
    const cold = isLeft ? right[node]! : left[node]!;
    const middle = divide(node, from, to);
    const differing = isLeft ? rows - leftRows : leftRows;
    if (isLeft) visit(hot, from, middle, rows - differing, ofRow, ofBackground);
    else visit(hot, middle, to, rows - differing, ofRow, ofBackground);
    if (differing === 0) return;
    if (isLeft) visitDiffering(player[node]!, hot, cold, middle, to, differing, ofRow, ofBackground);
    else visitDiffering(player[node]!, hot, cold, from, middle, differing, ofRow, ofBackground);
  }

  /** Where the path wants the background's value, each of its rows goes its own way. */
  function visitByBackground(node: number, from: number, to: number, rows: number, ofRow: number, ofBackground: number): void {
    const middle = divide(node, from, to);
    const rest = rows - leftRows;
    visit(left[node]!, from, middle, leftRows, ofRow, ofBackground);
    const [gainLeft, lossLeft] = [gain, loss];
    visit(right[node]!, middle, to, rest, ofRow, ofBackground);
    gain += gainLeft;
    loss += lossLeft;
  }

  /** Where row and background part: below `hot` the player is the row's, below `cold` the background's. Adds to what `visit` found before. */
  function visitDiffering(
    who: number,
    hot: number,
    cold: number,
    from: number,
    to: number,
    rows: number,
    ofRow: number,
    ofBackground: number,
  ): void {
    const [gainBefore, lossBefore] = [gain, loss];
    state[who] = ROW;
    visit(hot, from, to, rows, ofRow + 1, ofBackground);
    const [gainHot, lossHot] = [gain, loss];
    state[who] = BACKGROUND;
    visit(cold, from, to, rows, ofRow, ofBackground + 1);
    state[who] = EITHER;
    sums[who]! += gainHot - loss;
    gain += gainHot + gainBefore;
    loss += lossHot + lossBefore;
  }

  return (tree, decisions, x, offset) => {
    root = roots[tree]!;
    ({ words, rowsOf, goesLeft: bits } = decisions);
    row = x;
    rowOffset = offset;
    let rows = 0;
    for (let pattern = 0; pattern < rowsOf.length; pattern++) {
      order[pattern] = pattern;
      rows += rowsOf[pattern]!;
    }
    visit(root, 0, rowsOf.length, rows, 0, 0);
  };
}

/** a! b! / (a + b + 1)! at a · stride + b, for a + b below `most`. */
function shapleyWeights(most: number): { readonly weights: Float64Array; readonly stride: number } {
  const stride = most + 1;
  const weights = new Float64Array(stride * stride);
  for (let a = 0; a < stride; a++) {
    weights[a * stride] = 1 / (a + 1);
    for (let b = 1; a + b < stride; b++) weights[a * stride + b] = (weights[a * stride + b - 1]! * b) / (a + b + 1);
  }
  return { weights, stride };
}
