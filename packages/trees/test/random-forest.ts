import fc from 'fast-check';
import { type Forest, LEAF } from '../src/forest.ts';
import { type LooseTree, layOutForest } from '../src/lay-out.ts';

export const FEATURES = 4;
/** Few thresholds, so that rows land on them and features repeat on a path. */
const MARKS = [-1, 0, 0.5, 2];

interface Sapling {
  readonly feature: number;
  readonly threshold: number;
  readonly missingGoesLeft: boolean;
  readonly cover: number;
  readonly left: Sapling | undefined;
  readonly right: Sapling | undefined;
  readonly leaf: number;
}

const saplings = fc.letrec<{ sapling: Sapling; twig: undefined }>((tie) => ({
  twig: fc.constant(undefined),
  sapling: fc.record({
    feature: fc.nat(FEATURES - 1),
    threshold: fc.constantFrom(...MARKS),
    missingGoesLeft: fc.boolean(),
    cover: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 50 }) }, { weight: 1, arbitrary: fc.constant(0) }),
    left: fc.option(tie('sapling'), { nil: undefined, depthSize: 'small', maxDepth: 5 }),
    right: fc.option(tie('sapling'), { nil: undefined, depthSize: 'small', maxDepth: 5 }),
    leaf: fc.double({ min: -2, max: 2, noNaN: true }),
  }),
})).sapling;

/** Small forests with repeated features, unreached leaves and covers that do not quite add up, as float32 ones do not. */
export const forests: fc.Arbitrary<Forest> = fc
  .tuple(
    fc.array(saplings, { minLength: 1, maxLength: 3 }),
    fc.double({ min: -1, max: 1, noNaN: true }),
    fc.constantFrom(1, 3),
    fc.constantFrom(1, 1.0005),
  )
  .map(([trees, baseMargin, divisor, slack]) =>
    layOutForest(
      trees.map((tree) => plant(tree, slack)),
      { kind: 'lightgbm', featureNames: [], featureCount: FEATURES, arithmetic: 'f64', baseMargin, divisor, space: 'log_odds' },
    ),
  );

/** Rows on the marks, beside them, missing and infinite. */
export const rows: fc.Arbitrary<Float64Array> = fc
  .array(fc.constantFrom(...MARKS, -1.5, 0.2, 3, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY), {
    minLength: FEATURES,
    maxLength: FEATURES,
  })
  .map((values) => Float64Array.from(values));

function plant(root: Sapling, slack: number): LooseTree {
  const tree = {
    feature: [] as number[],
    value: [] as number[],
    left: [] as number[],
    right: [] as number[],
    missingGoesLeft: [] as number[],
    cover: [] as number[],
  };
  const add = (sapling: Sapling): number => {
    const node = tree.feature.length;
    const branch = sapling.left !== undefined && sapling.right !== undefined;
    tree.feature.push(branch ? sapling.feature : LEAF);
    tree.value.push(branch ? sapling.threshold : sapling.leaf);
    tree.missingGoesLeft.push(sapling.missingGoesLeft ? 1 : 0);
    tree.cover.push(sapling.cover);
    tree.left.push(LEAF);
    tree.right.push(LEAF);
    if (!branch) return node;
    tree.left[node] = add(sapling.left!);
    tree.right[node] = add(sapling.right!);
    tree.cover[node] = (tree.cover[tree.left[node]!]! + tree.cover[tree.right[node]!]!) * slack;
    return node;
  };
  add(root);
  return { ...tree, size: tree.feature.length };
}
