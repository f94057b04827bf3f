import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shapeOfTree } from '../src/cost.ts';
import { type Forest, LEAF } from '../src/forest.ts';
import { scoreExact } from '../src/score.ts';
import { scorePrefixes } from '../src/score-prefixes.ts';
import { planShap } from '../src/shap/plan.ts';
import { openExplainer } from '../src/shap.ts';
import { trimForest } from '../src/trim-forest.ts';
import { readFixture } from './fixture.ts';
import { FEATURES, forests, rows } from './random-forest.ts';

const leavesOf = (forest: Forest, tree: number): number => shapeOfTree(forest, tree).splits + 1;

const deep = readFixture('sklearn-forest-deep').forest;
const boosted = readFixture('xgboost-default');

describe('a trimmed forest', () => {
  it('of all trees and leaves says what the whole one says', () => {
    fc.assert(
      fc.property(forests, rows, (forest, row) => {
        const same = trimForest(forest, { trees: forest.treeCount, leaves: 1_000 });
        expect(scoreExact(same, row)).toBe(scoreExact(forest, row));
      }),
    );
  });

  it('keeps no more trees and leaves than asked, and the cover-weighted mean of each tree', () => {
    fc.assert(
      fc.property(forests, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 6 }), (forest, trees, leaves) => {
        const cut = trimForest(forest, { trees, leaves });
        expect(cut.treeCount).toBe(Math.min(trees, forest.treeCount));
        for (let tree = 0; tree < cut.treeCount; tree++)
          expect(leavesOf(cut, tree)).toBe(Math.min(leaves, leavesOf(forest, tree)));
      }),
    );
    const sixteen = trimForest(deep, { trees: deep.treeCount, leaves: 16 });
    expect(planShap(sixteen).baseValue).toBeCloseTo(planShap(deep).baseValue, 12);
  });

  it('is still explained exactly', () => {
    fc.assert(
      fc.property(forests, rows, fc.integer({ min: 1, max: 5 }), (forest, row, leaves) => {
        const cut = trimForest(forest, { trees: forest.treeCount, leaves });
        const out = new Float64Array(FEATURES);
        const sum = openExplainer(cut).explain(row, out) + out.reduce((total, value) => total + value, 0);
        expect(sum).toBeCloseTo(scoreExact(cut, row), 9);
      }),
    );
  });

  it('grows with its leaves: each size opens one branch more, the one of the largest gain', () => {
    const sizes = [2, 3, 8, 30].map((leaves) => trimForest(deep, { trees: 1, leaves }));
    const asked = sizes.map(({ feature, value }) =>
      Array.from(feature, (column, node) => (column === LEAF ? '' : `${column} ${value[node]}`)).filter((text) => text !== ''),
    );
    for (let i = 1; i < asked.length; i++) expect(asked[i]).toEqual(expect.arrayContaining(asked[i - 1]!));
  });

  it('of fewer trees divides a forest by the trees that are left, and leaves boosting as it is', () => {
    expect(trimForest(deep, { trees: 2 }).divisor).toBe(2);
    expect(trimForest(boosted.forest, { trees: 2 }).divisor).toBe(1);
  });
});

describe('scores of the first trees', () => {
  it.each(['xgboost-default', 'lightgbm-categories', 'catboost-default', 'sklearn-forest-default', 'lightgbm-zero-as-missing'])(
    '%s: as the forest of only these trees',
    (name) => {
      const { forest, rows: given } = readFixture(name);
      const matrix = Float64Array.from(given.flatMap((row) => Array.from(row)));
      const counts = [1, Math.ceil(forest.treeCount / 3), forest.treeCount];
      const scores = scorePrefixes(forest, counts, matrix, given.length);
      counts.forEach((trees, index) => {
        const head = trimForest(forest, { trees });
        given.forEach((row, at) => {
          expect(Math.abs(scores[index]![at]! - scoreExact(head, row))).toBeLessThan(1e-12);
        });
      });
      expect(scores[0]).not.toEqual(scores[2]);
    },
  );
});
