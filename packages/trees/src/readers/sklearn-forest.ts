import { openWordBudget, type WordBudget, wordsOf } from '../category-sets.ts';
import { ModelFileError, within } from '../errors.ts';
import { floorFloat32, LARGEST_FLOAT32, roundingThreshold } from '../float32-grid.ts';
import { type Encoding, type Forest, LEAF } from '../forest.ts';
import { type LooseTree, layOutForest } from '../lay-out.ts';
import { asArray, asCount, asLabel, asNumber, asNumbers, asObject, asText, asTexts, type Loose } from './checked-json.ts';
import type { ModelFormat } from './format.ts';
import { parseJson } from './parse-json.ts';

/** scikit-learn's forests and gradient boosting as plain arrays (contracts/sklearn-forest.schema.json), written by `tillcast_export`: no pickle. */
export const sklearnForest: ModelFormat = {
  name: 'scikit-learn forest JSON',
  recognises: (head) => /^\s*\{/.test(head) && /"format"\s*:\s*"tillcast-sklearn-forest"/.test(head),
  parse,
};

interface Estimator {
  /** A forest takes the mean of its trees, boosting adds them to a base. */
  readonly kind: 'sklearn_forest' | 'sklearn_boosting';
  readonly space: Forest['space'];
  /** The precision in which a row is compared. */
  readonly rows: 'float32' | 'float64';
}

const estimators: Readonly<Record<string, Estimator>> = {
  RandomForestClassifier: { kind: 'sklearn_forest', space: 'probability', rows: 'float32' },
  ExtraTreesClassifier: { kind: 'sklearn_forest', space: 'probability', rows: 'float32' },
  RandomForestRegressor: { kind: 'sklearn_forest', space: 'value', rows: 'float32' },
  ExtraTreesRegressor: { kind: 'sklearn_forest', space: 'value', rows: 'float32' },
  GradientBoostingClassifier: { kind: 'sklearn_boosting', space: 'log_odds', rows: 'float32' },
  GradientBoostingRegressor: { kind: 'sklearn_boosting', space: 'value', rows: 'float32' },
  HistGradientBoostingClassifier: { kind: 'sklearn_boosting', space: 'log_odds', rows: 'float64' },
  HistGradientBoostingRegressor: { kind: 'sklearn_boosting', space: 'value', rows: 'float64' },
};

function parse(text: string): Forest {
  const file = asObject(parseJson(text), 'the file');
  if (asCount(file.version, 'version') !== 1)
    throw new ModelFileError(`"version" is ${String(file.version)}; version 1 is supported, export again`);
  const estimator = readEstimator(file);
  const featureNames = asTexts(file.feature_names, 'feature_names');
  const budget = openWordBudget();
  const trees = asArray(file.trees, 'trees').map((tree, index) => readTree(tree, index, estimator, budget));
  const isForest = estimator.kind === 'sklearn_forest';
  if (isForest && trees.length === 0)
    throw new ModelFileError('"trees" is empty, so no mean can be taken; export a fitted forest');
  return layOutForest(trees, {
    kind: estimator.kind,
    featureNames,
    featureCount: featureNames.length,
    arithmetic: 'f64',
    baseMargin: isForest ? 0 : asNumber(file.base, 'base'),
    divisor: isForest ? trees.length : 1,
    space: estimator.space,
    encoding: readEncoding(file, featureNames.length),
    categoryRule: { single: false, above: -1 },
  });
}

function readEstimator(file: Loose): Estimator {
  const name = asText(file.estimator, 'estimator');
  const estimator = Object.hasOwn(estimators, name) ? estimators[name] : undefined;
  if (estimator === undefined) {
    throw new ModelFileError(
      `the estimator "${name.slice(0, 60)}" is not supported; export one of ${Object.keys(estimators).join(', ')}`,
    );
  }
  return estimator;
}

/** Categories stand in the order of their numbers; one that is not listed is missing to the library. */
function readEncoding(file: Loose, featureCount: number): Encoding | undefined {
  if (file.categories === undefined) return undefined;
  const codes: (ReadonlyMap<string, number> | undefined)[] = Array(featureCount).fill(undefined);
  for (const [feature, list] of Object.entries(asObject(file.categories, 'categories'))) {
    const column = asCount(feature, 'categories');
    if (column >= featureCount)
      throw new ModelFileError(`"categories" names feature ${column}, the model has ${featureCount}; export again`);
    codes[column] = new Map(asArray(list, 'categories').map((category, code) => [asLabel(category, 'categories'), code]));
  }
  return { codes };
}

function readTree(value: unknown, index: number, estimator: Estimator, budget: WordBudget): LooseTree {
  return within({ tree: index }, () => looseTree(value, estimator, budget));
}

function looseTree(value: unknown, { space, rows }: Estimator, budget: WordBudget): LooseTree {
  const tree = asObject(value, 'tree');
  const left = asNumbers(tree.left, 'left');
  const size = left.length;
  const right = asNumbers(tree.right, 'right', size);
  const columns = asNumbers(tree.feature, 'feature', size);
  const thresholds = asNumbers(tree.threshold, 'threshold', size);
  const leaves = asNumbers(tree.value, 'value', size);
  const feature = columns.map((column, node) => (left[node] === -1 && right[node] === -1 ? LEAF : column));
  const missing = asNumbers(tree.missing_left, 'missing_left', size);
  refuseOutside(missing, 'missing_left', (flag) => flag === 0 || flag === 1, '0 or 1');
  if (space === 'probability') refuseOutside(leaves, 'value', (share) => share >= 0 && share <= 1, 'a probability');
  const categories = readSets(tree, size, budget);
  const splitOf = (node: number) =>
    categories[node] ? 0 : rows === 'float32' ? singleSplit(thresholds[node]!) : doubleSplit(thresholds[node]!);
  return {
    size,
    feature,
    left,
    right,
    value: leaves.map((leaf, node) => (feature[node] === LEAF ? leaf : splitOf(node))),
    missingGoesLeft: missing,
    categories,
    cover: asNumbers(tree.cover, 'cover', size),
  };
}

function readSets(tree: Loose, size: number, budget: WordBudget): (Uint32Array | undefined)[] {
  if (tree.left_categories === undefined) return [];
  const lists = asArray(tree.left_categories, 'left_categories');
  if (lists.length !== size)
    throw new ModelFileError(`"left_categories" has ${lists.length} entries, ${size} are expected; export again`);
  return lists.map((list, node) => (list === null ? undefined : wordsOf(asNumbers(list, 'left_categories'), node, budget)));
}

/** A row is float32, a threshold float64: what is at most the threshold is at most the float32 below it. */
function singleSplit(threshold: number): number {
  // JSON cannot hold the infinite threshold that splits known from missing; the largest float32 stands for it.
  return threshold >= LARGEST_FLOAT32 ? Number.POSITIVE_INFINITY : roundingThreshold(floorFloat32(threshold));
}

const doubleSplit = (threshold: number): number => (threshold === Number.MAX_VALUE ? Number.POSITIVE_INFINITY : threshold);

function refuseOutside(items: readonly number[], name: string, allowed: (item: number) => boolean, wanted: string): void {
  const node = items.findIndex((item) => !allowed(item));
  if (node >= 0) throw new ModelFileError(`"${name}" is ${items[node]}; ${wanted} is expected, export again`, { node });
}
