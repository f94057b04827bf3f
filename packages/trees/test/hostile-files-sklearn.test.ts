import { describe, expect, it } from 'vitest';
import { ModelFileError } from '../src/errors.ts';
import type { Forest } from '../src/forest.ts';
import { type Parsed, readChanged } from './changed-file.ts';

describe('scikit-learn files that are refused, by name', () => {
  const sklearn = (change: (file: Parsed) => void) => readChanged('sklearn-forest-default', change);

  it.each<[string, () => Forest, RegExp]>([
    [
      'categories of a feature out of range',
      readChanged('sklearn-histogram-categories-text', (f) => (f.categories[7] = ['a'])),
      /"categories" names feature 7/,
    ],
    [
      'a category that cannot become text',
      readChanged(
        'sklearn-histogram-categories-text',
        (f) => (f.categories[Object.keys(f.categories)[0]!][0] = { toString: 1, valueOf: 1 }),
      ),
      /"categories" is an object; a text or a number is expected/,
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
});
