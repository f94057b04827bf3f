import type { Blend, Ensemble, MemberName } from '@tillcast/core/scoring/ensemble';
import { openRandom, type Random } from '@tillcast/core/simulation/random';
import { type Forest, type ForestKind, LEAF } from '@tillcast/trees/forest';
import { layOutForest } from '@tillcast/trees/lay-out';

export const FEATURES = 5;
const DEPTH = 3;
const kinds: Readonly<Record<MemberName, ForestKind>> = {
  catboost: 'catboost',
  xgboost: 'xgboost',
  lightgbm: 'lightgbm',
  random_forest: 'sklearn_forest',
};

/** Full trees of depth 3 with random splits, covers and leaves; leaves of a boosted member reach `reach` log-odds, of a forest all of [0, 1]. */
export function growForest(name: MemberName, seed: string, reach: number, trees = 4): Forest {
  const random = openRandom(`${seed}/${name}`);
  const isForest = name === 'random_forest';
  const leaf = () =>
    isForest
      ? [0, 1, random.uniform(), 0.02 * random.uniform()][Math.floor(4 * random.uniform())]!
      : reach * (2 * random.uniform() - 1);
  return layOutForest(
    Array.from({ length: trees }, () => growTree(random, leaf)),
    {
      kind: kinds[name],
      featureNames: [],
      featureCount: FEATURES,
      arithmetic: name === 'xgboost' ? 'f32' : 'f64',
      baseMargin: isForest ? 0 : Math.fround(reach * (random.uniform() - 0.7)),
      divisor: isForest ? trees : 1,
      space: isForest ? 'probability' : 'log_odds',
    },
  );
}

function growTree(random: Random, leaf: () => number) {
  const size = 2 ** (DEPTH + 1) - 1;
  const branches = 2 ** DEPTH - 1;
  const isBranch = (node: number) => node < branches;
  const nodes = Array.from({ length: size }, (_, node) => node);
  const cover = new Float64Array(size);
  for (const node of nodes.toReversed())
    cover[node] = isBranch(node) ? cover[2 * node + 1]! + cover[2 * node + 2]! : 1 + Math.floor(500 * random.uniform());
  return {
    size,
    feature: nodes.map((node) => (isBranch(node) ? Math.floor(FEATURES * random.uniform()) : LEAF)),
    value: nodes.map((node) => (isBranch(node) ? Math.fround(2 * random.uniform() - 1) : leaf())),
    left: nodes.map((node) => (isBranch(node) ? 2 * node + 1 : -1)),
    right: nodes.map((node) => (isBranch(node) ? 2 * node + 2 : -1)),
    missingGoesLeft: nodes.map(() => Number(random.uniform() < 0.5)),
    cover,
  };
}

/** An ensemble of the weighted members. */
export const growEnsemble = (blend: Blend, seed: string, reach: number, trees?: number): Ensemble => ({
  featureNames: Array.from({ length: FEATURES }, (_, i) => `feature_${i}`),
  members: (Object.keys(blend.weights) as MemberName[]).map((name) => ({ name, forest: growForest(name, seed, reach, trees) })),
  blend,
});
