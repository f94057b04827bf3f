import { type Forest, LEAF } from '../src/forest.ts';

/** Shapley values by their definition, over all subsets, of the path-dependent expectation (Lundberg et al., arXiv 1802.03888, algorithm 1). */
export function bruteForceShap(forest: Forest, row: ArrayLike<number>): { base: number; contributions: number[] } {
  const count = forest.featureCount;
  const worth = Array.from({ length: 2 ** count }, (_, known) => expectation(forest, row, known));
  const contributions = Array.from({ length: count }, (_, feature) => {
    let sum = 0;
    for (let known = 0; known < worth.length; known++) {
      if (known & (1 << feature)) continue;
      sum += weight(popCount(known), count) * (worth[known | (1 << feature)]! - worth[known]!);
    }
    return sum;
  });
  return { base: worth[0]!, contributions };
}

/** The forest's mean answer when only the features in the bit set `known` are. */
function expectation(forest: Forest, row: ArrayLike<number>, known: number): number {
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
    const goesLeft = Number.isNaN(x) ? forest.missingGoesLeft[node] === 1 : isLeftOf(forest, node, x);
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
