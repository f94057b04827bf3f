import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Forest } from '../src/forest.ts';
import { openInteractionExplainer } from '../src/shap/interactions.ts';
import { openExplainer } from '../src/shap.ts';
import { expectation, interactionsOf, playerCount, worths } from './brute-force.ts';
import { readFixture } from './fixture.ts';
import { shareByFeatures } from './players.ts';
import { FEATURES, forests, rows } from './random-forest.ts';

const bruteForce = (forest: Forest, row: Float64Array): number[][] =>
  shareByFeatures(forest, interactionsOf(worths(playerCount(forest), (known) => expectation(forest, row, known))));

const explained = (forest: Forest, row: Float64Array): Float64Array => {
  const out = new Float64Array(forest.featureCount ** 2);
  openInteractionExplainer(forest).explain(row, out);
  return out;
};

const apart = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);

describe('SHAP interaction values', () => {
  it('are their definition over all subsets', () => {
    fc.assert(
      fc.property(forests, rows, (forest, row) => {
        expect(apart(explained(forest, row), bruteForce(forest, row).flat())).toBeLessThanOrEqual(1e-12);
      }),
      { numRuns: 2000, seed: 21 },
    );
  });

  it.each([
    'catboost-one-hot',
    'catboost-ctr-combinations',
    'catboost-depthwise',
    'lightgbm-categories-text',
    'lightgbm-zero-as-missing',
    'xgboost-categories-partition',
    'xgboost-deep',
    'sklearn-forest-deep',
    'sklearn-histogram-categories-text',
  ])('%s: are their definition in every kind of branch', (name) => {
    const { forest, rows: encoded } = readFixture(name);
    for (const row of encoded.slice(-5)) {
      const wanted = bruteForce(forest, row).flat();
      const scale = Math.max(1, ...wanted.map(Math.abs));
      expect(apart(explained(forest, row), wanted)).toBeLessThanOrEqual(1e-12 * scale);
    }
  });

  it('are symmetric, and rows sum to SHAP values', () => {
    fc.assert(
      fc.property(forests, rows, rows, (forest, other, row) => {
        const matrix = new Float64Array(FEATURES ** 2).fill(7);
        const explainer = openInteractionExplainer(forest);
        explainer.explain(other, matrix);
        const base = explainer.explain(Float64Array.from([9, ...row, 9]), matrix, 1);
        expect([...matrix]).toEqual([...explained(forest, row)]);
        const values = new Float64Array(FEATURES);
        expect(openExplainer(forest).explain(row, values)).toBe(base);
        for (let i = 0; i < FEATURES; i++) {
          for (let j = 0; j < FEATURES; j++) expect(matrix[i * FEATURES + j]).toBe(matrix[j * FEATURES + i]);
          const sum = matrix.subarray(i * FEATURES, (i + 1) * FEATURES).reduce((total, value) => total + value, 0);
          expect(Math.abs(sum - values[i]!)).toBeLessThanOrEqual(1e-12);
        }
      }),
      { numRuns: 500, seed: 22 },
    );
  });

  it('rows sum to SHAP values where combinations of categories are shared out as well', () => {
    const { forest, rows: encoded } = readFixture('catboost-ctr-combinations');
    const values = new Float64Array(forest.featureCount);
    for (const row of encoded.slice(0, 30)) {
      openExplainer(forest).explain(row, values);
      const matrix = explained(forest, row);
      for (const [i, value] of values.entries()) {
        const ofFeature = matrix.subarray(i * values.length, (i + 1) * values.length);
        expect(Math.abs(ofFeature.reduce((sum, one) => sum + one, 0) - value)).toBeLessThanOrEqual(1e-12);
      }
    }
  });

  it('are none between the features of a sum of stumps', () => {
    const { forest, rows: encoded } = readFixture('catboost-stump');
    for (const row of encoded.slice(0, 20)) {
      const matrix = explained(forest, row);
      for (let at = 0; at < matrix.length; at++) if (at % (forest.featureCount + 1) !== 0) expect(matrix[at]).toBe(0);
    }
  });

  it('refuses a row or a matrix too short', () => {
    const { forest, rows: encoded } = readFixture('xgboost-default');
    const explainer = openInteractionExplainer(forest);
    expect(() => explainer.explain(encoded[0]!, new Float64Array(24))).toThrow(
      /take 25 places from 0, the array for them has 24/,
    );
    expect(() => explainer.explain(encoded[0]!.subarray(1), new Float64Array(25))).toThrow(/the row has 4 values/);
  });

  it('negative control: covers of another model give other values', () => {
    const property = fc.property(forests, rows, (forest, row) => {
      const skewed = { ...forest, cover: forest.cover.map((cover, node) => cover + (node % 3)) };
      expect(apart(explained(skewed, row), bruteForce(forest, row).flat())).toBeLessThanOrEqual(1e-12);
    });
    expect(fc.check(property, { numRuns: 500, seed: 21 }).failed).toBe(true);
  });
});
