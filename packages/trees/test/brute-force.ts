import { type Forest, LEAF } from '../src/forest.ts';

/** Shapley values by their definition, over all subsets, of the path-dependent expectation (Lundberg et al., arXiv 1802.03888, algorithm 1). */
export function bruteForceShap(forest: Forest, row: ArrayLike<number>): { base: number; contributions: number[] } {
  const worth = worths(playerCount(forest), (known) => expectation(forest, row, known));
  return { base: worth[0]!, contributions: shapleyOf(worth) };
}

/** What each set of players is worth, by bit set. */
export const worths = (count: number, worth: (known: number) => number): number[] =>
  Array.from({ length: 2 ** count }, (_, known) => worth(known));

/** Who plays: features, and combinations of them. */
export const playerCount = ({ players, featureCount }: Forest): number => players?.features.length ?? featureCount;

/** Shapley values of a game given by the worth of every set. */
export function shapleyOf(worth: readonly number[]): number[] {
  const count = Math.log2(worth.length);
  return Array.from({ length: count }, (_, player) => {
    let sum = 0;
    for (let known = 0; known < worth.length; known++) {
      if (known & (1 << player)) continue;
      sum += weight(popCount(known), count) * (worth[known | (1 << player)]! - worth[known]!);
    }
    return sum;
  });
}

/**
 * SHAP interaction values by their definition (Lundberg et al., arXiv 1802.03888, equations 9–12): half the Shapley interaction index off the
 * diagonal, the rest of the Shapley value on it.
 */
export function interactionsOf(worth: readonly number[]): number[][] {
  const count = Math.log2(worth.length);
  const values = shapleyOf(worth);
  const pair = (i: number, j: number): number => {
    let sum = 0;
    for (let known = 0; known < worth.length; known++) {
      if (known & (1 << i) || known & (1 << j)) continue;
      const [withI, withJ] = [known | (1 << i), known | (1 << j)];
      sum += weight(popCount(known), count - 1) * (worth[withI | withJ]! - worth[withI]! - worth[withJ]! + worth[known]!);
    }
    return sum / 2;
  };
  return values.map((value, i) => {
    const off = values.map((_, j) => (i === j ? 0 : pair(i, j)));
    return off.map((half, j) => (i === j ? value - off.reduce((sum, other) => sum + other, 0) : half));
  });
}

/** The forest's mean answer when only the players in the bit set `known` are. */
export function expectation(forest: Forest, row: ArrayLike<number>, known: number): number {
  let sum = 0;
  for (const root of forest.roots) sum += below(forest, row, known, root);
  return sum / forest.divisor + forest.baseMargin;
}

function below(forest: Forest, row: ArrayLike<number>, known: number, node: number): number {
  const column = forest.feature[node]!;
  if (column === LEAF) return forest.value[node]!;
  const left = forest.left[node]!;
  const right = forest.right[node]!;
  const feature = forest.players === undefined ? column : forest.players.ofColumn[column]!;
  if (known & (1 << feature)) {
    const x = row[column]!;
    const isZero = forest.zeroIsMissing?.[node] === 1 && Math.abs(x) < 1e-34;
    const goesLeft = Number.isNaN(x) || isZero ? forest.missingGoesLeft[node] === 1 : isLeftOf(forest, node, x);
    return below(forest, row, known, goesLeft ? left : right);
  }
  const whole = forest.cover[node]!;
  const share = (child: number) => (whole > 0 ? forest.cover[child]! / whole : 0.5);
  return share(left) * below(forest, row, known, left) + share(right) * below(forest, row, known, right);
}

/** Sets are asked bit by bit, for whole numbers only. */
function isLeftOf({ value, categories }: Forest, node: number, x: number): boolean {
  if (categories?.asks[node] !== 1) return x <= value[node]!;
  const word = Math.floor(x / 32);
  if (!(word >= 0 && word < categories.length[node]!)) return false;
  return (
    categories.words[categories.start[node]! + word]!.toString(2)
      .padStart(32, '0')
      .charAt(31 - (x % 32)) === '1'
  );
}

/** |S|! (n − |S| − 1)! / n! */
function weight(size: number, count: number): number {
  let product = 1 / count;
  for (let k = 1; k <= size; k++) product *= k / (count - k);
  return product;
}

const popCount = (bits: number): number => bits.toString(2).replaceAll('0', '').length;
