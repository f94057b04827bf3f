import { describe, expect, it } from 'vitest';
import { ModelFileError } from '../src/errors.ts';
import type { Forest } from '../src/forest.ts';
import { type Parsed, readChanged } from './changed-file.ts';

describe('CatBoost files that are refused, by name', () => {
  const catboost = (change: (file: Parsed) => void) => readChanged('catboost-default', change);
  const ctrs = (change: (file: Parsed) => void) => readChanged('catboost-ctr-combinations', change);

  it.each<[string, () => Forest, RegExp]>([
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
    ['a CTR of nothing', ctrs((f) => (f.features_info.ctrs[0].elements = [])), /a CTR combines nothing/],
    [
      'CTRs that make a small file a large work',
      ctrs((f) => {
        const [ctr] = f.features_info.ctrs;
        const table = f.ctr_data[ctr.identifier];
        while (table.hash_map.length < 300_000) table.hash_map.push('1', ...Array(table.hash_stride - 1).fill(1));
        f.features_info.ctrs = Array(200).fill(ctr);
      }),
      /its CTRs hold more than 33554432 values together/,
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
  ])('%s', (_name, read, message) => {
    expect(read).toThrow(ModelFileError);
    expect(read).toThrow(message);
  });
});
