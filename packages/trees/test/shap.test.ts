import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Forest } from '../src/forest.ts';
import { scoreExact } from '../src/score.ts';
import { gaussLegendre } from '../src/shap/quadrature.ts';
import { openExplainer } from '../src/shap.ts';
import { bruteForceShap } from './brute-force.ts';
import { readFixture } from './fixture.ts';
import { FEATURES, forests, rows } from './random-forest.ts';

function distance(forest: Forest, wanted: Forest, row: Float64Array): number {
  const out = new Float64Array(FEATURES);
  const base = openExplainer(forest).explain(row, out);
  const { base: wantedBase, contributions } = bruteForceShap(wanted, row);
  return contributions.reduce((worst, value, i) => Math.max(worst, Math.abs(value - out[i]!)), Math.abs(base - wantedBase));
}

describe('exact SHAP', () => {
  it('is Shapley’s definition over all subsets', () => {
    fc.assert(
      fc.property(forests, rows, (forest, row) => {
        expect(distance(forest, forest, row)).toBeLessThanOrEqual(1e-12);
      }),
      { numRuns: 3000, seed: 3 },
    );
  });

  it.each([
    'catboost-one-hot',
    'catboost-ctr-borders',
    'catboost-categories-lossguide',
    'lightgbm-categories-text',
    'xgboost-categories-text',
  ])('%s: is Shapley’s definition with categories too', (name) => {
    const { forest, rows: encoded } = readFixture(name);
    const out = new Float64Array(forest.featureCount);
    for (const row of encoded.slice(-25)) {
      const base = openExplainer(forest).explain(row, out);
      const wanted = bruteForceShap(forest, row);
      const worst = wanted.contributions.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - out[i]!)),
        Math.abs(base - wanted.base),
      );
      expect(worst).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(base)));
    }
  });

  it('sums to the exact score', () => {
    fc.assert(
      fc.property(forests, rows, (forest, row) => {
        const out = new Float64Array(FEATURES);
        const sum = openExplainer(forest).explain(row, out) + out.reduce((total, value) => total + value, 0);
        expect(Math.abs(sum - scoreExact(forest, row))).toBeLessThanOrEqual(1e-12);
      }),
      { numRuns: 1000, seed: 4 },
    );
  });

  it('writes only its own columns and keeps nothing between rows', () => {
    fc.assert(
      fc.property(forests, rows, rows, (forest, row, other) => {
        const alone = new Float64Array(FEATURES);
        openExplainer(forest).explain(row, alone);
        const explainer = openExplainer(forest);
        const out = new Float64Array(3 * FEATURES).fill(7);
        explainer.explain(other, out, 0, FEATURES);
        explainer.explain(Float64Array.from([9, ...row, 9]), out, 1, FEATURES);
        expect([...out]).toEqual([...Array(FEATURES).fill(7), ...alone, ...Array(FEATURES).fill(7)]);
      }),
      { numRuns: 200, seed: 5 },
    );
  });

  it('negative control: covers of another model give another answer', () => {
    const property = fc.property(forests, rows, (forest, row) => {
      const skewed = { ...forest, cover: forest.cover.map((cover, node) => cover + (node % 3)) };
      expect(distance(skewed, forest, row)).toBeLessThanOrEqual(1e-12);
    });
    expect(fc.check(property, { numRuns: 500, seed: 3 }).failed).toBe(true);
  });
});

describe('Gauss–Legendre on [0, 1]', () => {
  it.each([1, 2, 3, 5, 8, 16, 40])('%i nodes integrate every power they promise', (count) => {
    const { nodes, weights } = gaussLegendre(count);
    for (let power = 0; power < 2 * count; power++) {
      const sum = nodes.reduce((total, node, i) => total + weights[i]! * node ** power, 0);
      expect(Math.abs(sum - 1 / (power + 1))).toBeLessThanOrEqual(1e-14);
    }
  });

  it('negative control: one power more is not promised', () => {
    const { nodes, weights } = gaussLegendre(3);
    const sum = nodes.reduce((total, node, i) => total + weights[i]! * node ** 6, 0);
    expect(Math.abs(sum - 1 / 7)).toBeGreaterThan(1e-4);
  });
});
