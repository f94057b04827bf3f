import { ModelFileError } from '../errors.ts';
import { floorFloat32, LARGEST_FLOAT32, roundingThreshold } from '../float32-grid.ts';
import { type Forest, LEAF } from '../forest.ts';
import { type LooseTree, layOutForest } from '../lay-out.ts';
import { asArray, asNumbers, asObject, asText, asTexts } from './checked-json.ts';
import type { ModelFormat } from './format.ts';

/** A scikit-learn RandomForestClassifier as plain arrays (contracts/sklearn-forest.schema.json): no pickle. */
export const sklearnForest: ModelFormat = {
  name: 'scikit-learn forest JSON',
  recognises: (head) => /^\s*\{/.test(head) && /"format"\s*:\s*"tillcast-sklearn-forest"/.test(head),
  parse,
};

function parse(text: string): Forest {
  const file = asObject(JSON.parse(text), 'the file');
  if (file.version !== 1)
    throw new ModelFileError(`"version" is ${JSON.stringify(file.version)}; version 1 is supported, export again`);
  const estimator = asText(file.estimator, 'estimator');
  if (estimator !== 'RandomForestClassifier') {
    throw new ModelFileError(`the estimator "${estimator}" is not supported; export a RandomForestClassifier`);
  }
  const featureNames = asTexts(file.feature_names, 'feature_names');
  const trees = asArray(file.trees, 'trees').map((tree, index) => readTree(tree, index));
  if (trees.length === 0) throw new ModelFileError('"trees" is empty, so no mean can be taken; export a fitted forest');
  return layOutForest(trees, {
    kind: 'sklearn_forest',
    featureNames,
    featureCount: featureNames.length,
    arithmetic: 'f64',
    baseMargin: 0,
    divisor: trees.length,
    space: 'probability',
  });
}

function readTree(value: unknown, index: number): LooseTree {
  try {
    return looseTree(value);
  } catch (error) {
    throw error instanceof ModelFileError ? error.at({ tree: index }) : error;
  }
}

function looseTree(value: unknown): LooseTree {
  const tree = asObject(value, 'tree');
  const left = asNumbers(tree.left, 'left');
  const size = left.length;
  const right = asNumbers(tree.right, 'right', size);
  const columns = asNumbers(tree.feature, 'feature', size);
  const thresholds = asNumbers(tree.threshold, 'threshold', size);
  const probabilities = asNumbers(tree.value, 'value', size);
  const feature = columns.map((column, node) => (left[node] === -1 && right[node] === -1 ? LEAF : column));
  const missing = asNumbers(tree.missing_left, 'missing_left', size);
  refuseOutside(missing, 'missing_left', (flag) => flag === 0 || flag === 1, '0 or 1');
  refuseOutside(probabilities, 'value', (share) => share >= 0 && share <= 1, 'a probability');
  return {
    size,
    feature,
    left,
    right,
    value: probabilities.map((share, node) => (feature[node] === LEAF ? share : splitValue(thresholds[node]!))),
    missingGoesLeft: missing,
    cover: asNumbers(tree.cover, 'cover', size),
  };
}

/** A row is float32, a threshold float64: what is at most the threshold is at most the float32 below it. */
function splitValue(threshold: number): number {
  // JSON cannot hold the infinite threshold that splits known from missing; the largest float32 stands for it.
  return threshold >= LARGEST_FLOAT32 ? Number.POSITIVE_INFINITY : roundingThreshold(floorFloat32(threshold));
}

function refuseOutside(items: readonly number[], name: string, allowed: (item: number) => boolean, wanted: string): void {
  const node = items.findIndex((item) => !allowed(item));
  if (node >= 0) throw new ModelFileError(`"${name}" is ${items[node]}; ${wanted} is expected, export again`, { node });
}
