import { describe, expect, it } from 'vitest';
import { ModelFileError } from '../src/errors.ts';
import type { Forest } from '../src/forest.ts';
import { type Parsed, readChanged } from './changed-file.ts';

describe('XGBoost files that are refused, by name', () => {
  const xgboost = (change: (file: Parsed) => void) => readChanged('xgboost-default', change);
  const xgbTree = (file: Parsed, tree = 0) => file.learner.gradient_booster.model.trees[tree];

  it.each<[string, () => Forest, RegExp]>([
    [
      'a child that is its own parent',
      xgboost((f) => (xgbTree(f, 3).left_children[1] = 0)),
      /tree 3 node 0: the node has two parents/,
    ],
    ['a child shared by two', xgboost((f) => (xgbTree(f).left_children[1] = xgbTree(f).right_children[1])), /two parents/],
    ['a child out of range', xgboost((f) => (xgbTree(f).left_children[0] = 999)), /tree 0 node 999: a child points at node 999/],
    ['a child at half a node', xgboost((f) => (xgbTree(f).left_children[0] = 1.5)), /points at node 1.5/],
    [
      'a feature out of range',
      xgboost((f) => (xgbTree(f).split_indices[0] = 5)),
      /tree 0 node 0: it splits on feature 5, the model has 5/,
    ],
    ['a negative feature', xgboost((f) => (xgbTree(f).split_indices[0] = -2)), /splits on feature -2/],
    [
      'a huge feature count',
      xgboost((f) => (f.learner.learner_model_param.num_feature = '999999999')),
      /claims 999999999 features/,
    ],
    ['names of another count', xgboost((f) => f.learner.feature_names.pop()), /names 4 features and claims 5/],
    ['a name twice', xgboost((f) => (f.learner.feature_names[1] = 'feature_a')), /"feature_a" twice/],
    [
      'a tree count that lies',
      xgboost((f) => (f.learner.gradient_booster.model.gbtree_model_param.num_trees = '1000000000')),
      /claims 1000000000 trees and holds 25/,
    ],
    ['a node count that lies', xgboost((f) => (xgbTree(f).tree_param.num_nodes = '4000000000')), /claims 4000000000 nodes/],
    [
      'arrays of different lengths',
      xgboost((f) => xgbTree(f).split_conditions.pop()),
      /tree 0: "split_conditions" has \d+ entries/,
    ],
    ['a leaf that is text', xgboost((f) => (xgbTree(f).split_conditions[0] = '0.5')), /tree 0: "split_conditions\[0\]" is "0.5"/],
    [
      'a threshold beyond float32',
      xgboost((f) => (xgbTree(f).split_conditions[0] = 1e39)),
      /tree 0 node 0: "split_conditions" is 1e\+39; a number within float32/,
    ],
    [
      'leaves that overflow',
      xgboost((f) => (xgbTree(f).split_conditions = xgbTree(f).split_conditions.map(() => 3e38))),
      /add up beyond/,
    ],
    ['a negative cover', xgboost((f) => (xgbTree(f).sum_hessian[0] = -1)), /training weight is -1/],
    ['covers that do not add up', xgboost((f) => (xgbTree(f).sum_hessian[0] *= 2)), /its children have/],
    ['a base score of 0', xgboost((f) => (f.learner.learner_model_param.base_score = '[0E0]')), /"base_score" is \[0E0\]/],
    ['two base scores', xgboost((f) => (f.learner.learner_model_param.base_score = '[5E-1,5E-1]')), /one probability/],
    [
      'a set of categories nobody holds',
      xgboost((f) => (xgbTree(f).split_type[0] = 1)),
      /node 0: it asks for a set of categories/,
    ],
    [
      'a category of half a billion',
      readChanged('xgboost-categories-partition', (f) => (xgbTree(f).categories[0] = 500_000_000)),
      /tree 0 node \d+: it holds the category 500000000/,
    ],
    [
      'sets that take too much memory together',
      readChanged('xgboost-categories-partition', (f) => {
        const { trees } = f.learner.gradient_booster.model;
        const tree = trees.find((candidate: Parsed) => candidate.categories.length > 0);
        tree.categories[0] = 2 ** 24 - 1;
        while (trees.length < 40) trees.push(tree);
        for (let place = 0; place < trees.length; place++) trees[place] = tree;
        f.learner.gradient_booster.model.gbtree_model_param.num_trees = String(trees.length);
      }),
      /tree 15 node \d+: its sets of categories are larger than/,
    ],
    [
      'a set that ends beyond the categories',
      readChanged('xgboost-categories-partition', (f) => (xgbTree(f).categories_sizes[0] = 1e9)),
      /tree 0 node \d+: "categories_nodes" and the arrays beside it/,
    ],
    [
      'sets that overlap, a small file and a long work',
      readChanged('xgboost-categories-partition', (f) => {
        const tree = f.learner.gradient_booster.model.trees.find((candidate: Parsed) => candidate.categories_nodes.length > 1);
        tree.categories_segments = tree.categories_segments.map(() => 0);
        tree.categories_sizes = tree.categories_sizes.map(() => tree.categories.length);
      }),
      /tree \d+ node \d+: "categories_nodes" and the arrays beside it/,
    ],
    [
      'a configuration in the place of a model',
      xgboost((f) => {
        f.learner.gradient_booster = { name: 'gbtree', gbtree_train_param: {} };
      }),
      /it is a configuration \(save_config\) without trees/,
    ],
    [
      'a base score that cannot become text',
      xgboost((f) => (f.learner.learner_model_param.base_score = { toString: 1, valueOf: 1 })),
      /"base_score" is an object; a text is expected/,
    ],
    [
      'a value a thousand deep, named in few words',
      xgboost((f) => (f.learner.objective = JSON.parse('['.repeat(900) + ']'.repeat(900)))),
      /"objective" is an array of 1; an object is expected/,
    ],
    ['another objective', xgboost((f) => (f.learner.objective.name = 'count:poisson')), /"count:poisson" is not supported/],
    [
      'an objective named like a method',
      xgboost((f) => (f.learner.objective.name = 'constructor')),
      /"constructor" is not supported/,
    ],
    ['several classes', xgboost((f) => (f.learner.learner_model_param.num_class = '3')), /several classes/],
    ['no trees at all', xgboost((f) => (f.learner.gradient_booster.name = 'gblinear')), /"gblinear" is not supported/],
    [
      'DART without a weight for each tree',
      readChanged('xgboost-dart', (f) => f.learner.gradient_booster.weight_drop.pop()),
      /"weight_drop" has 14 entries for 15 trees/,
    ],
    [
      'categories of other features',
      readChanged('xgboost-categories-text', (f) => f.learner.gradient_booster.model.cats.enc.pop()),
      /tells of 4/,
    ],
    [
      'a best round beyond the end',
      xgboost((f) => (f.learner.attributes = { scikit_learn: '{}', best_iteration: '99' })),
      /"best_iteration" is 99/,
    ],
  ])('%s', (_name, read, message) => {
    expect(read).toThrow(ModelFileError);
    expect(read).toThrow(message);
  });
});
