import { describe, expect, it } from 'vitest';
import type { Forest } from '../src/forest.ts';
import { LEAF, rowWidth } from '../src/forest.ts';
import { readForest } from '../src/read-forest.ts';
import { type Expected, type Fixture, fixtureNames, readFixture } from './fixture.ts';
import { type Answerer, backends, toleranceOf } from './parity/backends.ts';

/** The largest distance between contributions (bias column last) and those of the rows that were explained. */
function shapDistance(answerer: Answerer, forest: Forest, rows: Fixture['rows'], wanted: NonNullable<Expected['shap']>): number {
  const out = new Float64Array(forest.featureCount);
  let worst = 0;
  for (const [index, row] of rows.entries()) {
    const known = wanted[index];
    if (!known) continue;
    const base = answerer.explain(row, out);
    expect(known.length).toBe(forest.featureCount + 1);
    for (const [column, value] of known.entries()) worst = Math.max(worst, Math.abs((out[column] ?? base) - value));
  }
  return worst;
}

const rawDistance = (answerer: Answerer, { rows, expected }: Fixture): number =>
  rows.reduce((worst, row, index) => Math.max(worst, Math.abs(answerer.score(row) - expected.raw[index]!)), 0);

/** The smaller one over all backends: a planted fault must show on each. */
const worstRaw = (forest: Forest, fixture: Fixture): number =>
  Math.min(...backends.map((backend) => rawDistance(backend.open(forest), fixture)));
const worstShap = (forest: Forest, rows: Fixture['rows'], wanted: NonNullable<Expected['shap']>): number =>
  Math.min(...backends.map((backend) => shapDistance(backend.open(forest), forest, rows, wanted)));

const flatten = (rows: Fixture['rows']): Float64Array => Float64Array.from(rows.flatMap((row) => [...row]));

describe.each(fixtureNames)('parity: %s', (name) => {
  const fixture = readFixture(name);
  const { expected, forest, rows } = fixture;

  it('has rows and answers for each', () => {
    expect(rows.length).toBeGreaterThan(20);
    expect(expected.raw.length).toBe(rows.length);
    expect((expected.shap ?? expected.float64_shap)?.length ?? rows.length).toBe(rows.length);
  });

  describe.each(backends)('$name', (backend) => {
    const answerer = backend.open(forest);

    it('raw scores are the library’s, one by one and in a batch', () => {
      const batch = new Float64Array(rows.length);
      answerer.scoreBatch(flatten(rows), rows.length, batch);
      for (const [index, row] of rows.entries()) {
        for (const raw of [answerer.score(row), batch[index]!]) {
          if (expected.tolerance.raw === 0) expect(raw).toBe(expected.raw[index]);
          else expect(Math.abs(raw - expected.raw[index]!)).toBeLessThanOrEqual(expected.tolerance.raw);
        }
      }
    });

    it('contributions and the base value are the library’s', () => {
      if (expected.shap) expect(shapDistance(answerer, forest, rows, expected.shap)).toBeLessThanOrEqual(expected.tolerance.shap);
    });

    it('contributions are those of an independent float64 TreeSHAP', () => {
      if (expected.float64_shap)
        expect(shapDistance(answerer, forest, rows, expected.float64_shap)).toBeLessThanOrEqual(
          toleranceOf(backend, forest, expected.tolerance.float64_shap),
        );
    });

    it('contributions and base value add up to the exact score', () => {
      const out = new Float64Array(forest.featureCount);
      for (const row of rows) {
        const sum = answerer.explain(row, out) + out.reduce((total, value) => total + value, 0);
        const exact = answerer.scoreExact(row);
        expect(Math.abs(sum - exact)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(exact)));
      }
    });

    it('a batch gives the bits of single rows, exact or not', () => {
      const flat = flatten(rows);
      const out = new Float64Array(rows.length);
      answerer.scoreBatch(flat, rows.length, out);
      expect([...out]).toEqual(rows.map((_, index) => answerer.score(flat, index * rowWidth(forest))));
      answerer.scoreBatch(flat, rows.length, out, true);
      expect([...out]).toEqual(rows.map((row) => answerer.scoreExact(row)));
    });

    it('a batch is explained as its single rows are', () => {
      const batch = new Float64Array(rows.length * forest.featureCount);
      const out = new Float64Array(forest.featureCount);
      const batchBase = answerer.explainBatch(flatten(rows), rows.length, batch);
      for (const [index, row] of rows.entries()) {
        expect(answerer.explain(row, out)).toBe(batchBase);
        for (const [feature, value] of out.entries())
          expect(Math.abs(batch[index * forest.featureCount + feature]! - value)).toBeLessThanOrEqual(
            toleranceOf(backend, forest, 1e-9),
          );
      }
    });
  });
});

describe('negative controls: the fixtures catch', () => {
  const readXgboost = () => {
    const fixture = readFixture('xgboost-default');
    return { fixture, forest: readForest(fixture.text, { baseMargin: fixture.expected.base_margin }) };
  };
  const withValues = (forest: Forest, change: (value: number, node: number) => number): Forest => ({
    ...forest,
    value: forest.value.map(change),
  });

  it('split values left as the decimals of the file', () => {
    const { fixture, forest } = readXgboost();
    const trees = JSON.parse(fixture.text).learner.gradient_booster.model.trees as { split_conditions: number[] }[];
    // Trees of this case are laid out by preorder; find each branch's decimal by the float32 it rounds to.
    const decimals = new Map(trees.flatMap((tree) => tree.split_conditions).map((decimal) => [Math.fround(decimal), decimal]));
    const asDecimals = withValues(forest, (value, node) => {
      if (forest.feature[node] === LEAF) return value;
      const split = [...decimals].find(([single]) => single > value && single - value <= Math.abs(value) * 2e-7 + 1e-40);
      return split ? split[1] : value;
    });
    expect(worstRaw(asDecimals, fixture)).toBeGreaterThan(1e-3);
  });

  it('a sum kept in doubles where the library sums in floats', () => {
    const { fixture, forest } = readXgboost();
    expect(worstRaw({ ...forest, arithmetic: 'f64' }, fixture)).toBeGreaterThan(0);
  });

  it('missing values sent the other way', () => {
    const { fixture, forest } = readXgboost();
    const flipped = { ...forest, missingGoesLeft: forest.missingGoesLeft.map((side) => 1 - side) };
    expect(worstRaw(flipped, fixture)).toBeGreaterThan(1e-3);
  });

  it('zeros not taken for missing', () => {
    const fixture = readFixture('lightgbm-zero-as-missing');
    const forest = readForest(fixture.text);
    expect(worstRaw({ ...forest, zeroIsMissing: undefined }, fixture)).toBeGreaterThan(1e-3);
  });

  it('a set of categories asked for another category', () => {
    for (const name of ['lightgbm-categories', 'xgboost-categories-partition']) {
      const fixture = readFixture(name);
      const { categories } = fixture.forest;
      const turned = {
        ...fixture.forest,
        categories: { ...categories!, words: categories!.words.map((word) => (word << 1) | (word >>> 11)) },
      };
      expect(worstRaw(turned, fixture)).toBeGreaterThan(1e-3);
      expect(worstShap(turned, fixture.rows, fixture.expected.shap!)).toBeGreaterThan(1e-3);
    }
  });

  it('broken and negative categories taken by the other library’s rule', () => {
    const lightgbm = readFixture('lightgbm-categories');
    const xgboost = readFixture('xgboost-categories-partition');
    const swap = ({ forest }: Fixture, other: Forest) => ({
      ...forest,
      categories: { ...forest.categories!, rule: other.categories!.rule },
    });
    expect(worstRaw(swap(lightgbm, xgboost.forest), lightgbm)).toBeGreaterThan(1e-3);
    expect(worstRaw(swap(xgboost, lightgbm.forest), xgboost)).toBeGreaterThan(1e-3);
  });

  it('DART’s weights left out', () => {
    const fixture = readFixture('xgboost-dart');
    const file = JSON.parse(fixture.text);
    const weights: number[] = file.learner.gradient_booster.weight_drop;
    file.learner.gradient_booster.weight_drop = weights.map(() => 1);
    expect(worstRaw(readForest(JSON.stringify(file), { baseMargin: fixture.expected.base_margin }), fixture)).toBeGreaterThan(
      1e-3,
    );
  });

  it('contributions from covers that are not the file’s', () => {
    const fixture = readFixture('catboost-default');
    const forest = readForest(fixture.text);
    const even = { ...forest, cover: forest.cover.map(() => 1) };
    expect(worstShap(even, fixture.rows, fixture.expected.shap!)).toBeGreaterThan(1e-3);
  });
});
