import { describe, expect, it } from 'vitest';
import { ModelFileError } from '../src/errors.ts';
import { type Forest, rowWidth } from '../src/forest.ts';
import { readForest } from '../src/read-forest.ts';
import { score, scoreExact } from '../src/score.ts';
import { openExplainer } from '../src/shap.ts';
import { fixtureNames, readFixture } from './fixture.ts';
import { mutate, openRandom } from './mutate.ts';

const MUTANTS = process.env.TILLCAST_LONG === '1' ? 200_000 : 2_000;

const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 1e-40, 3.5e38, -7];

/** What must hold of any forest that was believed: finite answers that add up. */
function findFault(forest: Forest): string | undefined {
  // A mutant may claim many columns; rows of them are not the point here.
  if (forest.featureCount > 1_000) return undefined;
  const row = Float64Array.from({ length: rowWidth(forest) }, (_, i) => odd[i % odd.length]!);
  const out = new Float64Array(forest.featureCount);
  const explainer = openExplainer(forest);
  for (let shift = 0; shift < odd.length; shift++) {
    row.copyWithin(1, 0);
    if (row.length > 0) row[0] = odd[shift]!;
    const exact = scoreExact(forest, row);
    if (!Number.isFinite(exact) || !Number.isFinite(score(forest, row))) return `score ${exact}`;
    const sum = explainer.explain(row, out) + out.reduce((total, value) => total + value, 0);
    const size = out.reduce((total, value) => total + Math.abs(value), Math.abs(exact) + Math.abs(explainer.baseValue) + 1);
    if (!(Math.abs(sum - exact) <= 1e-9 * size)) return `contributions sum to ${sum}, the score is ${exact}`;
  }
  return undefined;
}

describe('mutants of real files', () => {
  const seeds = fixtureNames.map((name) => readFixture(name)).filter(({ text }) => text !== '' && text.length < 30_000);

  it(`${MUTANTS} of them: refused by name, or sound`, { timeout: 1_200_000 }, () => {
    const random = openRandom(20261107);
    const counts = { refused: 0, believed: 0 };
    for (let number = 0; number < MUTANTS; number++) {
      const { name, text } = seeds[number % seeds.length]!;
      const mutant = mutate(text, random);
      let forest: Forest | undefined;
      try {
        forest = readForest(mutant, { file: name });
      } catch (error) {
        if (!(error instanceof ModelFileError))
          throw new Error(`mutant ${number} of ${name}: ${String(error)}`, { cause: error });
        expect(error.message).toContain(name);
        counts.refused++;
        continue;
      }
      expect(findFault(forest), `mutant ${number} of ${name}`).toBeUndefined();
      counts.believed++;
    }
    expect(seeds.length).toBeGreaterThan(15);
    expect(counts.refused).toBeGreaterThan(MUTANTS / 5);
    expect(counts.believed).toBeGreaterThan(MUTANTS / 20);
  });

  it('negative control: a forest that was not checked is found out', () => {
    const { text } = readFixture('catboost-default');
    const forest = readForest(text);
    const withValue = (bad: number) => ({
      ...forest,
      value: forest.value.map((value, node) => (forest.feature[node] === -1 ? bad : value)),
    });
    expect(findFault(forest)).toBeUndefined();
    expect(findFault(withValue(Number.NaN))).toBeDefined();
    expect(findFault(withValue(1e308))).toBeDefined();
    expect(findFault({ ...forest, cover: forest.cover.map(() => Number.POSITIVE_INFINITY) })).toBeDefined();
  });
});

// biome-ignore lint/suspicious/noExplicitAny: a parsed file is changed at any place
type Parsed = any;

/** Reads a fixture after one change to its parsed JSON. */
function readChanged(name: string, change: (file: Parsed) => void): () => Forest {
  const file = JSON.parse(readFixture(name).text);
  change(file);
  return () => readForest(JSON.stringify(file), { file: 'model.json' });
}

const xgbTree = (file: Parsed, tree = 0) => file.learner.gradient_booster.model.trees[tree];

describe('files that are refused, by name', () => {
  const xgboost = (change: (file: Parsed) => void) => readChanged('xgboost-default', change);
  const catboost = (change: (file: Parsed) => void) => readChanged('catboost-default', change);
  const ctrs = (change: (file: Parsed) => void) => readChanged('catboost-ctr-combinations', change);
  const sklearn = (change: (file: Parsed) => void) => readChanged('sklearn-forest-default', change);

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
    ['a leaf that is text', xgboost((f) => (xgbTree(f).split_conditions[0] = '0.5')), /tree 0: "split_conditions" is "0.5"/],
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
    ['text features', catboost((f) => (f.features_info.text_features = [{}])), /"text_features" are not supported/],
    [
      'a model with categories saved without its pool',
      ctrs((f) => delete f.features_info.cat_features_hash),
      /"cat_features_hash" is missing.*pool=train_pool/,
    ],
    [
      'a column twice',
      ctrs((f) => (f.features_info.categorical_features[0].flat_feature_index = 0)),
      /"flat_feature_index" 0 does not number 5/,
    ],
    [
      'a CTR of an unknown type',
      ctrs((f) => (f.features_info.ctrs[0].ctr_type = 'toString')),
      /CTRs of type "toString" are not supported/,
    ],
    ['a CTR without its table', ctrs((f) => (f.ctr_data = {})), /"ctr_data" lacks the table/],
    [
      'a table cut off',
      ctrs((f) => f.ctr_data[f.features_info.ctrs[0].identifier].hash_map.pop()),
      /"hash_map" has \d+ entries, which "hash_stride" \d+ does not divide/,
    ],
    ['a table of no counts', ctrs((f) => (f.ctr_data[f.features_info.ctrs[0].identifier].hash_stride = 1)), /"hash_stride" 1/],
    [
      'a hash that is no number',
      ctrs((f) => (f.ctr_data[f.features_info.ctrs[0].identifier].hash_map[0] = '-1')),
      /holds the hash "-1"/,
    ],
    ['a CTR that divides by nothing', ctrs((f) => (f.features_info.ctrs[0].prior_denomerator = 0)), /a CTR comes to/],
    [
      'a CTR of a category nobody lists',
      ctrs((f) => (f.features_info.ctrs[0].elements[0].cat_feature_index = 9)),
      /categorical feature 9, which features_info does not list/,
    ],
    [
      'a CTR of something else',
      ctrs((f) => (f.features_info.ctrs[0].elements[0].combination_element = 'text')),
      /combines something else/,
    ],
    [
      'a split on a border of another CTR',
      ctrs((f) => {
        for (const tree of f.oblivious_trees)
          for (const split of tree.splits) if (split.split_type === 'OnlineCtr') split.split_index++;
      }),
      /tree \d+: its split \d+ is not the border of a CTR/,
    ],
    [
      'one-hot splits on a value nobody lists',
      readChanged('catboost-one-hot', (f) => {
        for (const tree of f.oblivious_trees)
          for (const split of tree.splits) if (split.split_type === 'OneHotFeature') split.value = 5;
      }),
      /tree \d+: it splits on categorical feature \d/,
    ],
    [
      'splits on text',
      catboost((f) => (f.oblivious_trees[2].splits[0].split_type = 'EstimatedFeature')),
      /tree 2: splits of type "Estimated/,
    ],
    [
      'a float feature nobody lists',
      catboost((f) => (f.oblivious_trees[0].splits[0].float_feature_index = 9)),
      /float feature 9/,
    ],
    [
      'leaf values of another depth',
      catboost((f) => f.oblivious_trees[1].leaf_values.pop()),
      /tree 1: "leaf_values" has 15 entries, 16/,
    ],
    [
      'an oblivious tree 40 deep',
      catboost((f) => (f.oblivious_trees[0].splits = Array(40).fill(f.oblivious_trees[0].splits[0]))),
      /depth 40 is deeper/,
    ],
    ['several dimensions', catboost((f) => (f.scale_and_bias = [1, [0, 0]])), /several classes/],
    ['another loss', catboost((f) => (f.model_info.params.loss_function.type = 'Poisson')), /"Poisson" is not supported/],
    [
      'an unknown rule for missing values',
      catboost((f) => (f.features_info.float_features[0].nan_value_treatment = 'Magic')),
      /"Magic"/,
    ],
    [
      'categories of a feature out of range',
      readChanged('sklearn-histogram-categories-text', (f) => (f.categories[7] = ['a'])),
      /"categories" names feature 7/,
    ],
    ['boosting without its base', readChanged('sklearn-boosting-default', (f) => delete f.base), /"base" is missing/],
    ['a probability of 2', sklearn((f) => (f.trees[1].value[0] = 2)), /tree 1 node 0: "value" is 2/],
    ['another estimator', sklearn((f) => (f.estimator = 'AdaBoostClassifier')), /"AdaBoostClassifier" is not supported/],
    ['a later version', sklearn((f) => (f.version = 2)), /"version" is 2/],
    ['no tree to take the mean of', sklearn((f) => (f.trees = [])), /"trees" is empty/],
  ])('%s', (_name, read, message) => {
    expect(read).toThrow(ModelFileError);
    expect(read).toThrow(message);
  });

  const lightgbm = (from: string | RegExp, to: string) => () =>
    readForest(readFixture('lightgbm-default').text.replace(from, to), { file: 'model.txt' });

  it.each<[string, () => Forest, RegExp]>([
    ['a set of categories nobody holds', lightgbm(/decision_type=\d+/, 'decision_type=1'), /tree 0: "cat_boundaries" is missing/],
    [
      'a set of categories out of range',
      () => readForest(readFixture('lightgbm-categories').text.replace(/cat_boundaries=0 1/, 'cat_boundaries=5 1')),
      /tree \d+: "cat_boundaries" do not rise/,
    ],
    ['an unknown missing type', lightgbm(/decision_type=\d+/, 'decision_type=12'), /missing type is unknown/],
    ['linear trees', lightgbm('is_linear=0', 'is_linear=1'), /linear trees are not supported/],
    ['another objective', lightgbm('objective=binary sigmoid:1', 'objective=poisson'), /"poisson" is not supported/],
    [
      'a squared answer',
      lightgbm('objective=binary sigmoid:1', 'objective=regression sqrt'),
      /"regression sqrt" is not supported/,
    ],
    [
      'another sigmoid',
      lightgbm('objective=binary sigmoid:1', 'objective=binary sigmoid:2'),
      /"binary sigmoid:2" is not supported/,
    ],
    ['several classes', lightgbm('num_class=1', 'num_class=3'), /several classes/],
    ['a billion leaves', lightgbm(/num_leaves=\d+/, 'num_leaves=1000000000'), /tree 0: "leaf_value" has \d+ entries, 1000000000/],
    ['no end', () => readForest(readFixture('lightgbm-default').text.slice(0, 5_000)), /"end of trees" is missing/],
    ['a missing tree', lightgbm('Tree=3', 'Tree=4'), /tree 3 is numbered "4"/],
    ['a cycle', lightgbm(/left_child=\S+/, 'left_child=0'), /two parents/],
    [
      'half a JSON',
      () => readForest(readFixture('xgboost-default').text.slice(0, 5_000), { file: 'm.json' }),
      /^m\.json \(XGBoost JSON\): it is not whole/,
    ],
    ['nothing', () => readForest(''), /no known format/],
    ['a pickle', () => readForest('\u0080\u0004\u0095sklearn\u0000'), /binary, no known format/],
    [
      'a base margin that is no number',
      () => readForest(readFixture('xgboost-default').text, { baseMargin: Number.NaN }),
      /base margin is NaN/,
    ],
  ])('LightGBM and text: %s', (_name, read, message) => {
    expect(read).toThrow(ModelFileError);
    expect(read).toThrow(message);
  });

  it('a chain deeper than the bound, and one below it', () => {
    const chain = (depth: number) => {
      const size = 2 * depth + 1;
      const list = (value: (node: number) => number) => Array.from({ length: size }, (_, node) => value(node));
      const inner = (node: number) => node < depth;
      return JSON.stringify({
        format: 'tillcast-sklearn-forest',
        version: 1,
        library: 'none',
        estimator: 'RandomForestClassifier',
        feature_names: ['a'],
        trees: [
          {
            left: list((node) => (inner(node) ? depth + node : -1)),
            right: list((node) => (inner(node) ? (node === depth - 1 ? 2 * depth : node + 1) : -1)),
            feature: list((node) => (inner(node) ? 0 : -1)),
            threshold: list((node) => node),
            missing_left: list(() => 0),
            cover: list((node) => (inner(node) ? depth - node + 1 : 1)),
            value: list(() => 0.5),
          },
        ],
      });
    };
    expect(readForest(chain(900)).treeCount).toBe(1);
    expect(() => readForest(chain(1_001))).toThrow(/deeper than 1000/);
  });

  it('names file, format, tree and node as fields too', () => {
    const read = readChanged('xgboost-default', (file) => (xgbTree(file, 3).left_children[1] = 0));
    try {
      read();
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ file: 'model.json', format: 'XGBoost JSON', tree: 3, node: 0 });
    }
  });
});

describe('binary files', () => {
  const { model } = readFixture('xgboost-categories-ubj');
  const changed = (at: number, ...values: number[]) => {
    const copy = Uint8Array.from(model);
    copy.set(values, at);
    return copy;
  };
  const refusal = (bytes: Uint8Array): string => {
    try {
      readForest(bytes, { file: 'm.ubj' });
    } catch (error) {
      if (error instanceof ModelFileError) return error.message;
      throw error;
    }
    return 'believed';
  };

  it(`${MUTANTS} mutants: refused by name, or sound`, { timeout: 1_200_000 }, () => {
    const random = openRandom(20261123);
    let refused = 0;
    for (let number = 0; number < MUTANTS; number++) {
      const mutant = Uint8Array.from(random() < 0.9 ? model : model.subarray(0, Math.floor(random() * model.length)));
      for (let damage = 0; damage < 3; damage++) mutant[Math.floor(random() * mutant.length)] = Math.floor(random() * 256);
      let forest: Forest;
      try {
        forest = readForest(mutant, { file: 'm.ubj' });
      } catch (error) {
        if (!(error instanceof ModelFileError)) throw new Error(`mutant ${number}: ${String(error)}`, { cause: error });
        refused++;
        continue;
      }
      expect(findFault(forest), `mutant ${number}`).toBeUndefined();
    }
    expect(refused).toBeGreaterThan(MUTANTS / 5);
    expect(refused).toBeLessThan(MUTANTS);
  });

  it('what lies is refused before memory is taken', () => {
    expect(refusal(model.subarray(0, 900))).toMatch(/^m\.ubj \(XGBoost UBJ\): it (?:ends at byte 900|claims a length)/);
    expect(refusal(changed(2, 0x7f, 0xff, 0xff, 0xff))).toMatch(/claims a length of 9223372\d+, \d+ bytes are left/);
    expect(refusal(changed(2, 0xff, 0xff, 0xff, 0xff))).toMatch(/claims a length of -/);
    expect(refusal(Uint8Array.from([...model, 0x4e]))).toMatch(/1 bytes follow its end/);
    expect(refusal(Uint8Array.from([0x7b, 0x69, 1, 0x61, ...Array(5_000).fill(0x5b)]))).toMatch(/nested deeper than 64/);
    expect(refusal(Uint8Array.from([0x7b, 0x69, 1, 0x61, 0x54, 0x69, 1, 0x61, 0x54, 0x7d]))).toMatch(/"a" stands twice/);
    expect(refusal(Uint8Array.from([0x7b, 0x69, 1, 0xff, 0x54, 0x7d]))).toMatch(/is not UTF-8/);
    expect(refusal(Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0, 0]))).toMatch(/binary, no known format/);
  });
});

describe('what a file implies', () => {
  it('XGBoost’s base margin is the logit of base_score, in float32, within an ulp of the library’s', () => {
    for (const name of fixtureNames.filter((fixture) => fixture.startsWith('xgboost'))) {
      const { model, expected } = readFixture(name);
      const margin = expected.base_margin!;
      expect(Math.abs(readForest(model).baseMargin - margin)).toBeLessThanOrEqual(Math.abs(margin) * 2 ** -23);
    }
  });

  it('the given base margin wins', () => {
    expect(readForest(readFixture('xgboost-default').text, { baseMargin: -2 }).baseMargin).toBe(-2);
  });

  it('a Booster’s file uses every tree, the scikit-learn wrapper’s stops at the best round', () => {
    const trees = (name: string) => {
      const { text } = readFixture(name);
      const model = JSON.parse(text).learner;
      return {
        used: readForest(text).treeCount,
        held: model.gradient_booster.model.trees.length,
        best: Number(model.attributes.best_iteration) + 1,
      };
    };
    const booster = trees('xgboost-early-stopping');
    const wrapper = trees('xgboost-early-stopping-wrapper');
    expect(booster.best).toBeLessThan(booster.held);
    expect(booster.used).toBe(booster.held);
    expect(wrapper.best).toBeLessThan(wrapper.held);
    expect(wrapper.used).toBe(wrapper.best);
  });

  it('feature names are the model’s, or none', () => {
    expect(readForest(readFixture('lightgbm-missing').text).featureNames).toEqual([]);
    expect(readForest(readFixture('catboost-stump').text).featureNames).toEqual([]);
    expect(readForest(readFixture('xgboost-missing').text).featureNames).toEqual([]);
    expect(readForest(readFixture('lightgbm-default').text).featureNames).toEqual([
      'feature_a',
      'feature_b',
      'feature_c',
      'feature_d',
      'feature_e',
    ]);
  });
});
