import { type Forest, LEAF } from '../../src/forest.ts';
import { readForest } from '../../src/read-forest.ts';
import type { Reader } from './judge.ts';

/** What the driver may be given to read with: the reader under test, and readers with a fault that it must find. */
export const readers: Readonly<Record<string, Reader>> = {
  readForest,
  trusting,
  unchecked,
  hoarding,
  throwing: plant(() => {
    throw new TypeError('planted');
  }),
  hanging: plant(() => {
    for (;;);
  }),
  senseless: plant((forest) => ({ ...forest, baseMargin: Number.NaN })),
  swelling: plant(() => {
    // Written to, so that the memory is really taken; outside the JavaScript heap, whose bound does not see it.
    for (const taken: Uint8Array[] = []; ; ) taken.push(new Uint8Array(1 << 24).fill(1));
  }),
};

/** A fault in the files that are believed, but in one of many only: those whose length `isPlanted`. */
function plant(fault: (forest: Forest) => Forest): Reader {
  return (model, options) => {
    const forest = readForest(model, options);
    return isPlanted(model) ? fault(forest) : forest;
  };
}

/** Whether a planted fault strikes this file. */
export const isPlanted = ({ length }: Uint8Array): boolean => length % 31 === 0;

const textOf = (model: Uint8Array): string => Buffer.from(model).toString('latin1');

/** A fault: JSON that does not parse is not caught. */
function trusting(model: Uint8Array, options: { file: string }): Forest {
  if (textOf(model).startsWith('{"')) JSON.parse(textOf(model));
  return readForest(model, options);
}

/** A fault: memory is taken for as many trees as a file claims. */
function hoarding(model: Uint8Array, options: { file: string }): Forest {
  const claimed = Number(/"num_trees":"?(\d{7,})/.exec(textOf(model))?.[1] ?? 0);
  const places: { tree: number }[] = [];
  for (let tree = 0; tree < claimed; tree++) places.push({ tree });
  return readForest(model, options);
}

/** A fault: forests of scikit-learn are believed as they stand; no index, no number and no tree is checked. */
function unchecked(model: Uint8Array, options: { file: string }): Forest {
  const text = textOf(model);
  if (!/^\{"format":"tillcast-sklearn-forest".*Forest(?:Classifier|Regressor)"/s.test(text)) return readForest(model, options);
  const file = JSON.parse(text) as { feature_names: string[]; trees: LooseArrays[] };
  const nodes = {
    feature: [] as number[],
    value: [] as number[],
    left: [] as number[],
    right: [] as number[],
    cover: [] as number[],
  };
  const roots = file.trees.map((tree) => append(nodes, tree));
  return {
    kind: 'sklearn_forest',
    featureNames: file.feature_names,
    featureCount: file.feature_names.length,
    treeCount: roots.length,
    roots: Int32Array.from(roots),
    feature: Int32Array.from(nodes.feature),
    value: Float64Array.from(nodes.value),
    left: Int32Array.from(nodes.left),
    right: Int32Array.from(nodes.right),
    missingGoesLeft: new Uint8Array(nodes.feature.length),
    zeroIsMissing: undefined,
    cover: Float64Array.from(nodes.cover),
    arithmetic: 'f64',
    baseMargin: 0,
    divisor: roots.length,
    space: 'probability',
  };
}

interface LooseArrays {
  readonly left: number[];
  readonly right: number[];
  readonly feature: number[];
  readonly threshold: number[];
  readonly value: number[];
  readonly cover: number[];
}

/** Puts a tree behind the others; returns where it begins. */
function append(nodes: Omit<LooseArrays, 'threshold'>, { left, right, feature, threshold, value, cover }: LooseArrays): number {
  const start = nodes.feature.length;
  for (const [node, column] of feature.entries()) {
    const isLeaf = left[node] === -1 && right[node] === -1;
    nodes.feature.push(isLeaf ? LEAF : column);
    nodes.value.push(isLeaf ? value[node]! : threshold[node]!);
    nodes.left.push(start + left[node]!);
    nodes.right.push(start + right[node]!);
    nodes.cover.push(cover[node]!);
  }
  return start;
}
