import { describe, expect, it } from 'vitest';
import { ModelFileError } from '../src/errors.ts';
import type { Forest } from '../src/forest.ts';
import { readForest } from '../src/read-forest.ts';
import { readFixture } from './fixture.ts';

describe('LightGBM files that are refused, by name', () => {
  const changed = (name: string, from: string | RegExp, to: string) => () => {
    const { text } = readFixture(name);
    const after = text.replace(from, to);
    expect(after).not.toBe(text);
    return readForest(after, { file: 'model.txt' });
  };
  const lightgbm = (from: string | RegExp, to: string) => changed('lightgbm-default', from, to);

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
      'a line twice',
      lightgbm(/(Tree=7\nnum_leaves=.*\n)/, '$1num_leaves=3\n'),
      /^model\.txt \(LightGBM text\) tree 7: "num_leaves" stands twice/,
    ],
    [
      'a split on a feature out of range',
      lightgbm(/(Tree=7\n[\s\S]*?split_feature=)\d+/, '$199'),
      /^model\.txt \(LightGBM text\) tree 7 node 0: it splits on feature 99, the model has 5/,
    ],
    ['a leaf that is no number', lightgbm(/leaf_value=\S+/, 'leaf_value=x'), /tree 0 node 0: "leaf_value" holds "x"/],
    [
      'the mean of no trees',
      changed('lightgbm-random-forest', /\nTree=0\n[\s\S]*end of trees/, '\nend of trees'),
      /the mean of its trees and has none/,
    ],
    [
      'columns of categories beyond all memory',
      changed('lightgbm-categories-text', /max_feature_idx=\d+/, 'max_feature_idx=4294967000'),
      /claims 4294967001 features/,
    ],
    [
      'a category that is no text',
      changed('lightgbm-categories-text', /pandas_categorical:\[\["/, 'pandas_categorical:[[{"toString":1,"valueOf":1},"'),
      /"pandas_categorical" is an object/,
    ],
    [
      'categories that are no JSON',
      changed('lightgbm-categories-text', /pandas_categorical:\[/, 'pandas_categorical:[,'),
      /in "pandas_categorical", "," is no JSON here/,
    ],
    [
      'no trees at all, and no end',
      () => readForest('tree\nversion=v4\n', { file: 'm' }),
      /^m \(LightGBM text\): "end of trees" is missing/,
    ],
  ])('%s', (_name, read, message) => {
    expect(read).toThrow(ModelFileError);
    expect(read).toThrow(message);
  });
});
