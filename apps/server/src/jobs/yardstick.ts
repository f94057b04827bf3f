import { openRandom, type Random } from '@tillcast/core/simulation/random';
import { costOf } from '@tillcast/trees/cost';
import { openEngine } from '@tillcast/trees/engine';
import { type Forest, LEAF, rowWidth } from '@tillcast/trees/forest';
import { type LooseTree, layOutForest } from '@tillcast/trees/lay-out';

const TREES = 200;
const LEAVES = 31;
const FEATURES = 24;
const ROWS = 512;
/** Short rounds, so that on a busy machine most of them are not interrupted. */
const ROWS_A_ROUND = 8;
/** The engine compiles the kernel better while it runs. */
const WARM_UP_ROUNDS = 400;
const ROUNDS = 401;

/** The model that machines are compared by, the same everywhere: 200 trees over 24 features, each grown at its heaviest leaf to 31 leaves. */
export function yardstickForest(): Forest {
  const random = openRandom('latency yardstick');
  return layOutForest(
    Array.from({ length: TREES }, () => grow(random)),
    {
      ...{ kind: 'lightgbm', featureNames: [], featureCount: FEATURES, arithmetic: 'f64' },
      ...{ baseMargin: 0, divisor: 1, space: 'log_odds' },
    },
  );
}

function grow(random: Random): LooseTree {
  const tree = { feature: [LEAF], value: [0], left: [LEAF], right: [LEAF], missingGoesLeft: [0], cover: [4_096] };
  for (let leaves = 1; leaves < LEAVES; leaves++) {
    const isLighter = (a: number, b: number) =>
      tree.feature[b] === LEAF && (tree.feature[a] !== LEAF || tree.cover[b]! > tree.cover[a]!);
    const node = tree.feature.keys().reduce((heaviest, one) => (isLighter(heaviest, one) ? one : heaviest));
    const share = 0.15 + 0.7 * random.uniform();
    tree.feature[node] = Math.floor(random.uniform() * FEATURES);
    tree.value[node] = random.uniform() - 0.5;
    tree.left[node] = addLeaf(tree, tree.cover[node]! * share, random);
    tree.right[node] = addLeaf(tree, tree.cover[node]! * (1 - share), random);
  }
  return { ...tree, size: tree.feature.length };
}

function addLeaf(
  tree: Record<'feature' | 'value' | 'left' | 'right' | 'missingGoesLeft' | 'cover', number[]>,
  cover: number,
  random: Random,
): number {
  tree.value.push(random.uniform() - 0.5);
  for (const children of [tree.left, tree.right, tree.feature]) children.push(LEAF);
  tree.missingGoesLeft.push(0);
  return tree.cover.push(cover) - 1;
}

/** A forest as it is served: one row at a time, contributions thrown away. */
interface Serving {
  score(rows: Float32Array, offset: number): number;
  explain(rows: Float32Array, offset: number): void;
}

/** Opens a forest the way that serving does, for measuring. */
export function openServing(forest: Forest): Serving {
  const engine = openEngine(forest);
  const out = new Float64Array(forest.featureCount);
  return {
    score: (rows, offset) => engine.score(rows, offset),
    explain: (rows, offset) => void engine.explain(rows, out, offset),
  };
}

/**
 * Nanoseconds a cost unit on this machine: the median time in which the serving code scores and explains rows of the yardstick, one at a time,
 * over what it costs.
 */
export function measureNsPerUnit(clock: Clock = monotonic): number {
  const forest = yardstickForest();
  const { score, explain } = costOf(forest);
  const random = openRandom('latency yardstick rows');
  const rows = Float32Array.from({ length: ROWS * FEATURES }, () => random.uniform() - 0.5);
  return measureRowNs([forest], rows, clock) / (score + explain);
}

/** A clock that only rises, in milliseconds. */
export type Clock = () => number;

const monotonic: Clock = () => performance.now();

/** Median nanoseconds to score and explain one row by all of the forests, one core; rows are float32, one behind the other. */
export function measureRowNs(forests: readonly Forest[], rows: Float32Array, clock: Clock = monotonic): number {
  const width = rowWidth(forests[0]!);
  const count = Math.min(ROWS, Math.floor(rows.length / width));
  const serving = forests.map(openServing);
  let row = 0;
  const round = (): number => {
    const began = clock();
    for (let turn = 0; turn < ROWS_A_ROUND; turn++, row = (row + 1) % count) {
      for (const forest of serving) {
        forest.score(rows, row * width);
        forest.explain(rows, row * width);
      }
    }
    return ((clock() - began) * 1e6) / ROWS_A_ROUND;
  };
  for (let warm = 0; warm < WARM_UP_ROUNDS; warm++) round();
  return Array.from({ length: ROUNDS }, round).sort((a, b) => a - b)[(ROUNDS - 1) / 2]!;
}
