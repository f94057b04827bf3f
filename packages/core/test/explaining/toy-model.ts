import type { Ensemble } from '@tillcast/core/scoring/ensemble';
import { describeFeatures } from '@tillcast/core/scoring/feature-profile';
import { openRandom, type Random } from '@tillcast/core/simulation/random';
import { LEAF } from '@tillcast/trees/forest';
import { layOutForest } from '@tillcast/trees/lay-out';

/** A tree as nested questions: column, threshold, at most, above. */
export type Branch = number | readonly [column: number, threshold: number, atMost: Branch, above: Branch];

function flatten(tree: Branch) {
  const nodes = {
    feature: [] as number[],
    value: [] as number[],
    left: [] as number[],
    right: [] as number[],
    cover: [] as number[],
  };
  const add = (branch: Branch, cover: number): number => {
    const at = nodes.feature.push(LEAF) - 1;
    nodes.cover.push(cover);
    nodes.left.push(-1);
    nodes.right.push(-1);
    if (typeof branch === 'number') {
      nodes.value.push(branch);
      return at;
    }
    nodes.feature[at] = branch[0];
    nodes.value.push(Math.fround(branch[1]));
    nodes.left[at] = add(branch[2], cover / 2);
    nodes.right[at] = add(branch[3], cover / 2);
    return at;
  };
  add(tree, 1024);
  return {
    ...nodes,
    size: nodes.feature.length,
    missingGoesLeft: nodes.feature.map(() => 1),
    cover: Float64Array.from(nodes.cover),
  };
}

/** An ensemble of one boosted member, its log-odds served as they are. */
export function ensembleOf(width: number, trees: readonly Branch[], baseMargin = -1): Ensemble {
  const forest = layOutForest(trees.map(flatten), {
    kind: 'lightgbm',
    featureNames: [],
    featureCount: width,
    arithmetic: 'f64',
    baseMargin,
    divisor: 1,
    space: 'log_odds',
  });
  return {
    featureNames: Array.from({ length: width }, (_, i) => `feature_${i}`),
    members: [{ name: 'lightgbm', forest }],
    blend: {
      kind: 'log_odds',
      weights: { lightgbm: 1 },
      platt: { slope: 1, intercept: 0 },
      forestShrinkage: { lambda: 1e-4, pi: 0.1 },
    },
  };
}

/** Random trees of depth 3 on uniform features; `strengths` scale what each feature does. */
export function randomTrees(width: number, count: number, random: Random): readonly Branch[] {
  const grow = (depth: number): Branch =>
    depth === 0
      ? 2 * random.uniform() - 1
      : [Math.floor(width * random.uniform()), random.uniform(), grow(depth - 1), grow(depth - 1)];
  return Array.from({ length: count }, () => grow(3));
}

/** Rows of independent uniform features on [0, 1), a share of them missing. */
export function uniformRows(width: number, count: number, seed: string, missing = 0): Float32Array {
  const random = openRandom(seed);
  return Float32Array.from({ length: width * count }, () => (random.uniform() < missing ? Number.NaN : random.uniform()));
}

/** The reference that rows give. */
export const referenceOf = (rows: Float32Array, names: readonly string[]) => ({
  features: describeFeatures(rows, names, rows.length / names.length),
});
