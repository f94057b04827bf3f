import { ModelFileError } from '../errors.ts';
import { previousFloat32, roundingThreshold } from '../float32-grid.ts';
import { type Forest, LEAF } from '../forest.ts';
import { type LooseTree, layOutForest } from '../lay-out.ts';
import { asArray, asCount, asFloat32, asNumber, asNumbers, asObject, asText, asTexts, type Loose } from './checked-json.ts';
import type { ModelFormat } from './format.ts';

/** Models whose margin is the log-odds. */
const objectives = ['binary:logistic', 'reg:logistic'];

/** XGBoost's JSON (`Booster.save_model('model.json')`): split values, leaves and the running sum are 32-bit. */
export const xgboostJson: ModelFormat = {
  name: 'XGBoost JSON',
  recognises: (head) => /^\s*\{/.test(head) && /"learner"\s*:|"gradient_booster"\s*:/.test(head),
  parse: (text, baseMargin) => parse(text, baseMargin),
};

function parse(text: string, baseMargin: number | undefined): Forest {
  const learner = asObject(asObject(JSON.parse(text), 'the file').learner, 'learner');
  checkObjective(asObject(learner.objective, 'objective'));
  const booster = asObject(learner.gradient_booster, 'gradient_booster');
  const name = asText(booster.name, 'gradient_booster.name');
  if (name !== 'gbtree') {
    throw new ModelFileError(
      `the booster "${name}" is not supported (DART drops trees, gblinear has none); train with booster "gbtree"`,
    );
  }
  const param = asObject(learner.learner_model_param, 'learner_model_param');
  if (asCount(param.num_class ?? 0, 'num_class') > 1 || asCount(param.num_target ?? 1, 'num_target') > 1) {
    throw new ModelFileError('models of several classes or targets are not supported; train one binary model');
  }
  const model = asObject(booster.model, 'gradient_booster.model');
  const loose = asArray(model.trees, 'trees');
  const used = loose.slice(0, usedTrees(learner, model, loose.length));
  return layOutForest(
    used.map((tree, index) => readTree(tree, index)),
    {
      kind: 'xgboost',
      featureNames: asTexts(learner.feature_names ?? [], 'feature_names'),
      featureCount: asCount(param.num_feature, 'num_feature'),
      arithmetic: 'f32',
      baseMargin: Math.fround(baseMargin ?? marginOf(param.base_score)),
      divisor: 1,
      space: 'log_odds',
    },
  );
}

function checkObjective(objective: Loose): void {
  const name = asText(objective.name, 'objective.name');
  if (!objectives.includes(name)) {
    throw new ModelFileError(`the objective "${name}" is not supported; train with one of ${objectives.join(', ')}`);
  }
}

/** `base_score` is a probability, written as a number, a text or, since 3.1, a one-element array in a text ("[1.95E-1]"). */
function marginOf(baseScore: unknown): number {
  const text = String(baseScore).trim();
  const inner = /^\[\s*([^,\s]+)\s*\]$/.exec(text)?.[1] ?? text;
  const probability = Math.fround(inner === '' ? Number.NaN : Number(inner));
  if (!(probability > 0 && probability < 1)) {
    throw new ModelFileError(`"base_score" is ${text.slice(0, 60)}; one probability between 0 and 1 is expected`);
  }
  // ProbToMargin in xgboost src/objective/regression_loss.h: −logf(1 / p − 1), each step rounded to 32 bits.
  return -Math.fround(Math.log(Math.fround(Math.fround(1 / probability) - 1)));
}

/**
 * How many trees the library's own `predict` adds up. A file saved by the scikit-learn wrapper (it leaves the attribute `scikit_learn`)
 * stops at the best round, as `XGBClassifier.predict` does; `Booster.predict` uses every tree it holds, whatever `best_iteration` says.
 */
function usedTrees(learner: Loose, model: Loose, treeCount: number): number {
  const attributes = asObject(learner.attributes ?? {}, 'attributes');
  const declared = asCount(asObject(model.gbtree_model_param, 'gbtree_model_param').num_trees, 'num_trees');
  if (declared !== treeCount)
    throw new ModelFileError(`it claims ${declared} trees and holds ${treeCount}; save the model again`);
  if (attributes.scikit_learn === undefined || attributes.best_iteration === undefined) return treeCount;
  const rounds = asCount(attributes.best_iteration, 'best_iteration') + 1;
  // iteration_indptr[r] = trees of the first r rounds; older files hold one tree a round.
  const starts = model.iteration_indptr === undefined ? undefined : asNumbers(model.iteration_indptr, 'iteration_indptr');
  const used = starts === undefined ? rounds : starts[rounds];
  if (used === undefined || !Number.isInteger(used) || used < 0 || used > treeCount) {
    throw new ModelFileError(`"best_iteration" is ${rounds - 1}, the file holds ${treeCount} trees; save the model again`);
  }
  return used;
}

function readTree(value: unknown, index: number): LooseTree {
  try {
    return looseTree(asObject(value, 'tree'));
  } catch (error) {
    throw error instanceof ModelFileError ? error.at({ tree: index }) : error;
  }
}

function looseTree(tree: Loose): LooseTree {
  const param = asObject(tree.tree_param, 'tree_param');
  const left = asNumbers(tree.left_children, 'left_children');
  const size = left.length;
  if (asCount(param.num_nodes ?? size, 'num_nodes') !== size) {
    throw new ModelFileError(`it claims ${String(param.num_nodes)} nodes and holds ${size}; save the model again`);
  }
  if (asCount(param.size_leaf_vector ?? 1, 'size_leaf_vector') > 1) {
    throw new ModelFileError('leaves of several values are not supported; train with multi_strategy "one_output_per_tree"');
  }
  refuseCategories(tree);
  const indices = asNumbers(tree.split_indices, 'split_indices', size);
  const conditions = asNumbers(tree.split_conditions, 'split_conditions', size);
  const right = asNumbers(tree.right_children, 'right_children', size);
  const feature = indices.map((column, node) => (left[node] === -1 && right[node] === -1 ? LEAF : column));
  return {
    size,
    feature,
    left,
    right,
    // The library asks x < t of float32 numbers: x ≤ the float32 before t. A leaf's value lies in the same array.
    value: conditions.map((number, node) => single(number, feature[node] === LEAF, node)),
    missingGoesLeft: asArray(tree.default_left, 'default_left').map((flag, node) => asFlag(flag, node)),
    cover: asNumbers(tree.sum_hessian, 'sum_hessian', size).map(Math.fround),
    deleted: asCount(param.num_deleted ?? 0, 'num_deleted'),
  };
}

function single(decimal: number, isLeaf: boolean, node: number): number {
  try {
    const number = asFloat32(decimal, 'split_conditions');
    return isLeaf ? number : roundingThreshold(previousFloat32(number));
  } catch (error) {
    throw error instanceof ModelFileError ? error.at({ node }) : error;
  }
}

function refuseCategories(tree: Loose): void {
  const types = asNumbers(tree.split_type ?? [], 'split_type');
  const node = types.findIndex((type) => type !== 0);
  if (node >= 0)
    throw new ModelFileError('categorical splits are not supported; encode categories as numbers before training', { node });
}

function asFlag(flag: unknown, node: number): number {
  if (typeof flag === 'boolean') return flag ? 1 : 0;
  const number = asNumber(flag, 'default_left');
  if (number !== 0 && number !== 1) throw new ModelFileError(`"default_left" is ${number}; 0 or 1 is expected`, { node });
  return number;
}
