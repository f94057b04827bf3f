import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Forest, LEAF, rowWidth } from '../src/forest.ts';
import { layOutForest } from '../src/lay-out.ts';
import { scoreExact } from '../src/score.ts';
import { openInterventionalExplainer } from '../src/shap/interventional.ts';
import { openExplainer } from '../src/shap.ts';
import { playerCount, shapleyOf, worths } from './brute-force.ts';
import { readFixture } from './fixture.ts';
import { shareByFeature } from './players.ts';
import { FEATURES, forests, rows } from './random-forest.ts';

const backgrounds = fc.array(rows, { minLength: 1, maxLength: 9 });
const flatten = (many: readonly Float64Array[]): Float64Array => Float64Array.from(many.flatMap((row) => [...row]));

/** Shapley’s definition over all subsets: the mean score of background rows that take the known players' values from the row. */
function bruteForce(forest: Forest, row: Float64Array, background: readonly Float64Array[]) {
  const ofColumn = (column: number) => forest.players?.ofColumn[column] ?? column;
  const worth = worths(playerCount(forest), (known) => {
    const mixed = background.map((other) =>
      other.map((value, column) => (known & (1 << ofColumn(column)) ? row[column]! : value)),
    );
    return mixed.reduce((sum, one) => sum + scoreExact(forest, one), 0) / background.length;
  });
  return { base: worth[0]!, contributions: shareByFeature(forest, shapleyOf(worth)) };
}

function distance(forest: Forest, row: Float64Array, background: readonly Float64Array[], wanted = background): number {
  const out = new Float64Array(forest.featureCount);
  const base = openInterventionalExplainer(forest, flatten(background), background.length).explain(row, out);
  const { base: wantedBase, contributions } = bruteForce(forest, row, wanted);
  return contributions.reduce((worst, value, i) => Math.max(worst, Math.abs(value - out[i]!)), Math.abs(base - wantedBase));
}

describe('interventional SHAP', () => {
  it('is Shapley’s definition over all subsets and background rows', () => {
    fc.assert(
      fc.property(forests, rows, backgrounds, (forest, row, background) => {
        expect(distance(forest, row, background)).toBeLessThanOrEqual(1e-12);
      }),
      { numRuns: 2000, seed: 11 },
    );
  });

  it.each([
    'catboost-one-hot',
    'catboost-ctr-combinations',
    'catboost-categories-lossguide',
    'lightgbm-categories-text',
    'lightgbm-zero-as-missing',
    'lightgbm-categories-zero-as-missing',
    'xgboost-categories-partition',
    'xgboost-missing',
    'sklearn-forest-missing',
    'sklearn-histogram-categories-text',
  ])('%s: is Shapley’s definition in every kind of branch', (name) => {
    const { forest, rows: encoded } = readFixture(name);
    const background = encoded.slice(0, 7);
    for (const row of encoded.slice(-6)) {
      const scale = Math.max(1, Math.abs(scoreExact(forest, row)));
      expect(distance(forest, row, background)).toBeLessThanOrEqual(1e-12 * scale);
    }
  });

  it.each(['catboost-many-trees', 'xgboost-deep', 'lightgbm-random-forest', 'sklearn-forest-deep', 'catboost-ctr-combinations'])(
    '%s: sums from the mean score of the background to the exact score',
    (name) => {
      const { forest, rows: encoded } = readFixture(name);
      const background = flatten(encoded);
      const explainer = openInterventionalExplainer(forest, background, encoded.length);
      const out = new Float64Array(forest.featureCount);
      const mean = encoded.reduce((sum, row) => sum + scoreExact(forest, row), 0) / encoded.length;
      expect(Math.abs(explainer.baseValue - mean)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(mean)));
      for (const row of encoded) {
        const exact = scoreExact(forest, row);
        const sum = explainer.explain(row, out) + out.reduce((total, value) => total + value, 0);
        expect(Math.abs(sum - exact)).toBeLessThanOrEqual(1e-11 * Math.max(1, Math.abs(exact)));
      }
    },
  );

  it('is nothing where the background is the row itself, and linear in the background', () => {
    fc.assert(
      fc.property(forests, rows, backgrounds, backgrounds, (forest, row, some, others) => {
        const explained = (background: readonly Float64Array[]) => {
          const out = new Float64Array(FEATURES);
          openInterventionalExplainer(forest, flatten(background), background.length).explain(row, out);
          return out;
        };
        expect(explained([row, row]).every((value) => value === 0)).toBe(true);
        const [a, b, both] = [explained(some), explained(others), explained([...some, ...others])];
        const count = some.length + others.length;
        for (let i = 0; i < FEATURES; i++) expect(both[i]).toBeCloseTo((a[i]! * some.length + b[i]! * others.length) / count, 12);
      }),
      { numRuns: 500, seed: 12 },
    );
  });

  it('writes only its own columns, keeps nothing between rows and takes float32 backgrounds', () => {
    fc.assert(
      fc.property(forests, rows, rows, backgrounds, (forest, row, other, background) => {
        const alone = new Float64Array(FEATURES);
        openInterventionalExplainer(forest, flatten(background), background.length).explain(row, alone);
        const explainer = openInterventionalExplainer(forest, Float32Array.from(flatten(background)), background.length);
        const out = new Float64Array(3 * FEATURES).fill(7);
        explainer.explain(other, out, 0, FEATURES);
        explainer.explain(Float64Array.from([9, ...row, 9]), out, 1, FEATURES);
        // −1.5, 0.2 and 3 keep their side of every mark as float32.
        expect([...out]).toEqual([...Array(FEATURES).fill(7), ...alone, ...Array(FEATURES).fill(7)]);
      }),
      { numRuns: 200, seed: 13 },
    );
  });

  it('walks the deepest trees that are read, a feature of its own at each branch', () => {
    const depth = 1_000;
    const nodes = Array.from({ length: 2 * depth + 1 }, (_, node) => node);
    const isBranch = (node: number) => node % 2 === 0 && node < 2 * depth;
    const tree = {
      size: nodes.length,
      feature: nodes.map((node) => (isBranch(node) ? node / 2 : LEAF)),
      value: nodes.map((node) => (isBranch(node) ? 0 : Math.sin(node))),
      left: nodes.map((node) => (isBranch(node) ? node + 1 : LEAF)),
      right: nodes.map((node) => (isBranch(node) ? node + 2 : LEAF)),
      missingGoesLeft: nodes.map(() => 0),
      cover: nodes.map((node) => (isBranch(node) ? depth + 1 - node / 2 : 1)),
    };
    const forest = layOutForest([tree], {
      ...{ kind: 'lightgbm', featureNames: [], featureCount: depth, arithmetic: 'f64' },
      ...{ baseMargin: 0, divisor: 1, space: 'log_odds' },
    });
    const row = Float64Array.from({ length: depth }, (_, column) => (column === depth - 1 ? -1 : 1));
    const background = new Float64Array(2 * depth).fill(1).fill(-1, depth);
    const out = new Float64Array(depth);
    const base = openInterventionalExplainer(forest, background, 2).explain(row, out);
    const sum = out.reduce((total, value) => total + value, base);
    expect(Math.abs(sum - scoreExact(forest, row))).toBeLessThanOrEqual(1e-12);
  });

  it('refuses a background without rows, or with a broken one', () => {
    const { forest, rows: encoded } = readFixture('xgboost-default');
    const width = rowWidth(forest);
    expect(() => openInterventionalExplainer(forest, new Float64Array(0), 0)).toThrow(/has 0 rows; give at least one/);
    expect(() => openInterventionalExplainer(forest, encoded[0]!, 1.5)).toThrow(/has 1.5 rows/);
    expect(() => openInterventionalExplainer(forest, new Float64Array(2 * width - 1), 2)).toThrow(/give whole rows/);
    const explainer = openInterventionalExplainer(forest, encoded[0]!, 1);
    expect(() => explainer.explain(encoded[0]!, new Float64Array(width), 1)).toThrow(/the row has/);
    expect(() => explainer.explain(encoded[0]!, new Float64Array(width - 1))).toThrow(/the array for them has/);
  });

  it('negative controls: another background, or the training weights, give another answer', () => {
    const { forest, rows: encoded } = readFixture('xgboost-default');
    const row = encoded[3]!;
    expect(distance(forest, row, encoded.slice(5, 12), encoded.slice(6, 13))).toBeGreaterThan(1e-3);
    const [ours, weighted] = [new Float64Array(forest.featureCount), new Float64Array(forest.featureCount)];
    openInterventionalExplainer(forest, flatten(encoded), encoded.length).explain(row, ours);
    openExplainer(forest).explain(row, weighted);
    expect(Math.max(...ours.map((value, i) => Math.abs(value - weighted[i]!)))).toBeGreaterThan(1e-3);
  });
});
