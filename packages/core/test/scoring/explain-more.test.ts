import { topPairs } from '@tillcast/core/explaining/top-pairs';
import type { Blend, Ensemble } from '@tillcast/core/scoring/ensemble';
import { openBackgroundExplainer } from '@tillcast/core/scoring/explain-against';
import { openPairExplainer } from '@tillcast/core/scoring/explain-pairs';
import { openEnsembleExplainer } from '@tillcast/core/scoring/explain-row';
import { scoreRow } from '@tillcast/core/scoring/score-row';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blends, reaches, rowOf } from './blends.ts';
import { FEATURES, growEnsemble } from './forests.ts';

const backgroundOf = (rows: readonly (readonly number[])[]) => ({ rowCount: rows.length, rows: Float32Array.from(rows.flat()) });
const backgrounds = fc.array(rowOf, { minLength: 1, maxLength: 6 }).map(backgroundOf);
const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((total, value) => total + value, 0);
const boosted: Blend = {
  kind: 'log_odds',
  weights: { catboost: 0.5, xgboost: 0.3, lightgbm: 0.2 },
  platt: { slope: 0.9, intercept: -0.4 },
  forestShrinkage: { lambda: 1e-4, pi: 0.1 },
};

/** Shapley’s definition on the served log-odds, averaged over the background. */
function bruteForce(ensemble: Ensemble, row: Float32Array, { rows, rowCount }: ReturnType<typeof backgroundOf>): number[] {
  const worth = Array.from({ length: 2 ** FEATURES }, (_, known) => {
    const scores = Array.from({ length: rowCount }, (_, other) => {
      const mixed = Float32Array.from(row, (value, i) => ((known >> i) & 1 ? value : rows[other * FEATURES + i]!));
      return scoreRow(ensemble, mixed).logOdds;
    });
    return sum(scores) / rowCount;
  });
  const bits = (set: number) => sum(Array.from({ length: FEATURES }, (_, i) => (set >> i) & 1));
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  return Array.from({ length: FEATURES }, (_, i) =>
    sum(
      worth.map((value, known) =>
        (known >> i) & 1
          ? 0
          : ((factorial(bits(known)) * factorial(FEATURES - bits(known) - 1)) / factorial(FEATURES)) *
            (worth[known | (1 << i)]! - value),
      ),
    ),
  );
}

describe('explaining a row against a background', () => {
  it('adds up to the served log-odds, whatever the blend and however extreme the members', () => {
    fc.assert(
      fc.property(blends, fc.string(), reaches, rowOf, backgrounds, (blend, seed, reach, values, background) => {
        const [ensemble, row] = [growEnsemble(blend, seed, reach), Float32Array.from(values)];
        const { baseValue, contributions, logOdds } = openBackgroundExplainer(ensemble, background).explain(row);
        expect(logOdds).toBe(scoreRow(ensemble, row).logOdds);
        expect(Math.abs(baseValue + sum(contributions) - logOdds)).toBeLessThanOrEqual(1e-9);
      }),
      { numRuns: 500, seed: 31 },
    );
  });

  it('of boosted members is Shapley’s definition on the served log-odds', () => {
    fc.assert(
      fc.property(fc.string(), rowOf, backgrounds, (seed, values, background) => {
        const [ensemble, row] = [growEnsemble(boosted, seed, 1), Float32Array.from(values)];
        const { contributions } = openBackgroundExplainer(ensemble, background).explain(row);
        bruteForce(ensemble, row, background).forEach((value, i) => {
          expect(Math.abs(contributions[i]! - value)).toBeLessThanOrEqual(1e-9);
        });
      }),
      { numRuns: 60, seed: 32 },
    );
  });

  it('members that know only the first columns take the background’s first columns', () => {
    const narrow = growEnsemble(boosted, 'narrow', 1);
    const wide: Ensemble = { ...narrow, featureNames: [...narrow.featureNames, 'one more'] };
    const rows = [
      [0.1, -0.5, 0.9, 0.2, -0.3],
      [-0.7, 0.4, -0.2, 0.8, 0.6],
    ];
    const row = [0.5, 0.5, -0.5, -0.5, 0];
    const wanted = openBackgroundExplainer(narrow, backgroundOf(rows)).explain(row);
    const found = openBackgroundExplainer(wide, backgroundOf(rows.map((one) => [...one, 7]))).explain([...row, 9]);
    expect([...found.contributions]).toEqual([...wanted.contributions, 0]);
    expect(found.baseValue).toBe(wanted.baseValue);
  });

  it('negative control: the training weights give other contributions than a background', () => {
    const ensemble = growEnsemble(boosted, 'other', 1);
    const row = Float32Array.of(0.5, 0.5, -0.5, -0.5, 0);
    const against = openBackgroundExplainer(ensemble, backgroundOf([[-0.5, -0.5, 0.5, 0.5, 0.1]])).explain(row).contributions;
    const plain = openEnsembleExplainer(ensemble).explain(row).contributions;
    expect(Math.max(...against.map((value, i) => Math.abs(value - plain[i]!)))).toBeGreaterThan(1e-2);
  });
});

describe('explaining a row by pairs', () => {
  it('is symmetric, rows sum to contributions, all of it to the served log-odds', () => {
    fc.assert(
      fc.property(blends, fc.string(), reaches, rowOf, (blend, seed, reach, values) => {
        const [ensemble, row] = [growEnsemble(blend, seed, reach), Float32Array.from(values)];
        const { interactions, contributions, baseValue, logOdds } = openPairExplainer(ensemble).explain(row);
        const plain = openEnsembleExplainer(ensemble).explain(row);
        expect(baseValue).toBe(plain.baseValue);
        expect(Math.abs(baseValue + sum(interactions) - logOdds)).toBeLessThanOrEqual(1e-9);
        const size = Math.max(1, ...interactions.map(Math.abs));
        for (let i = 0; i < FEATURES; i++) {
          const ofRow = interactions.subarray(i * FEATURES, (i + 1) * FEATURES);
          expect(Math.abs(sum(ofRow) - plain.contributions[i]!)).toBeLessThanOrEqual(1e-12 * size);
          expect(Math.abs(contributions[i]! - plain.contributions[i]!)).toBeLessThanOrEqual(1e-12 * size);
          for (let j = 0; j < i; j++) expect(ofRow[j]).toBe(interactions[j * FEATURES + i]);
        }
      }),
      { numRuns: 500, seed: 33 },
    );
  });

  it('negative control: a member’s pairs carried by another factor do not add up', () => {
    const ensemble = growEnsemble(boosted, 'pairs', 1);
    const { interactions, baseValue, logOdds } = openPairExplainer(ensemble).explain([0.5, 0.5, -0.5, -0.5, 0]);
    expect(Math.abs(baseValue + 1.001 * sum(interactions) - logOdds)).toBeGreaterThan(1e-9);
  });

  it('the strongest pairs come first, both halves together, without zeros', () => {
    const matrix = [9, 0.5, -2, 0.5, 9, 0, -2, 0, 9];
    expect(topPairs(matrix, 3, 10)).toEqual([
      { features: [0, 2], interaction: -4 },
      { features: [0, 1], interaction: 1 },
    ]);
    expect(topPairs(matrix, 3, 1)).toHaveLength(1);
    expect(topPairs([1], 1, 5)).toEqual([]);
  });
});
