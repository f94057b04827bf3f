import { describe, expect, it } from 'vitest';
import { encodeRow, RowError } from '../src/encode-row.ts';
import { rowWidth } from '../src/forest.ts';
import { readForest } from '../src/read-forest.ts';
import { score } from '../src/score.ts';
import { fixtureNames, readFixture } from './fixture.ts';

describe('encodeRow', () => {
  it.each(fixtureNames.filter((name) => !/categories-text|histogram-categories|catboost-(?:c|one)/.test(name)))(
    '%s: numbers stay as they are',
    (name) => {
      const { expected, rows, forest } = readFixture(name);
      expect(rowWidth(forest)).toBe(forest.featureCount);
      expect(rows.map((row) => [...row])).toEqual(
        expected.rows.map((row) => row.map((value) => (value === null ? Number.NaN : Number(value)))),
      );
    },
  );

  it.each([
    'lightgbm-categories-text',
    'xgboost-categories-text',
    'sklearn-histogram-categories-text',
    'catboost-one-hot',
    'catboost-ctr-borders',
  ])('%s: an unknown word is no known one, and null is taken', (name) => {
    const { forest, values } = readFixture(name);
    const scoreOf = ([a, brand, , d, e]: (typeof values)[number], c: string | null) =>
      score(forest, encodeRow(forest, [a!, brand!, c, d!, e!]));
    const moves = values.map((row) => {
      const unknown = scoreOf(row, '__proto__');
      expect(unknown).toBe(scoreOf(row, null));
      return Math.abs(unknown - scoreOf(row, 'new'));
    });
    expect(Math.max(...moves)).toBeGreaterThan(1e-3);
  });

  it('a whole number is the category written the same', () => {
    const { forest } = readFixture('catboost-one-hot');
    expect([...encodeRow(forest, [0, 'brand A', 10, 0, 7])]).toEqual([...encodeRow(forest, [0, 'brand A', '10', 0, 7])]);
  });

  it('keeps an early row when a later one is encoded', () => {
    const { forest, values } = readFixture('catboost-ctr-combinations');
    const first = encodeRow(forest, values[0]!);
    const copy = [...first];
    encodeRow(forest, values[1]!);
    expect([...first]).toEqual(copy);
    expect(rowWidth(forest)).toBeGreaterThan(forest.featureCount);
  });

  it('refuses rows of another length and text where a number belongs, naming the feature', () => {
    const { forest } = readFixture('lightgbm-categories-text');
    expect(() => encodeRow(forest, [0, 'brand A'])).toThrow(RowError);
    expect(() => encodeRow(forest, [0, 'brand A'])).toThrow(/has 2 values, the model takes 5/);
    expect(() => encodeRow(forest, ['much', 'brand A', 'new', 0, 7])).toThrow(
      /"feature_a" is the text "much".*give a number or null/,
    );
    expect(() => encodeRow(readForest(readFixture('xgboost-missing').text), [1, '2', 3, 4, 5])).toThrow(
      /"feature 1" is the text "2"/,
    );
    try {
      encodeRow(forest, [0, 'brand A', 'new', 'dear', 7]);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ name: 'RowError', feature: 3 });
    }
  });

  it('refuses infinities where that is wished, as XGBoost and scikit-learn do, and takes them otherwise', () => {
    const { forest } = readFixture('sklearn-forest-default');
    for (const value of [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(encodeRow(forest, [0, 1, value, 3, 4])[2]).toBe(value);
      expect(encodeRow(forest, [0, 1, value, 3, 4], { infinite: 'accept' })[2]).toBe(value);
      const read = () => encodeRow(forest, [0, 1, value, 3, 4], { infinite: 'refuse' });
      expect(read).toThrow(RowError);
      expect(read).toThrow(`"feature_c" is ${value}; give a finite number, or null where it is missing`);
    }
    expect([...encodeRow(forest, [0, null, Number.NaN, 1e308, -1e308], { infinite: 'refuse' })]).toEqual([
      0,
      Number.NaN,
      Number.NaN,
      1e308,
      -1e308,
    ]);
    const { forest: words } = readFixture('catboost-one-hot');
    expect(() => encodeRow(words, [0, 'brand A', Number.POSITIVE_INFINITY, 0, 7], { infinite: 'refuse' })).toThrow(/is Infinity/);
  });

  it.each([undefined, true, {}, [1], 10n, () => 1])('refuses what is no number, text or null: %s', (value) => {
    for (const name of ['xgboost-default', 'catboost-one-hot']) {
      const { forest } = readFixture(name);
      for (const feature of [0, 1, 2]) {
        const values: unknown[] = [0, name === 'xgboost-default' ? 1 : 'brand A', name === 'xgboost-default' ? 2 : 'new', 3, 4];
        values[feature] = value;
        expect(() => encodeRow(forest, values as number[])).toThrow(RowError);
      }
    }
  });

  it('refuses a row with a hole, which no callback would see', () => {
    const { forest } = readFixture('xgboost-default');
    const values = [0, 1, 2, 3, 4];
    delete values[3];
    expect(() => encodeRow(forest, values)).toThrow(
      '"feature_d" is undefined; the model knows no categories of it; give a number or null',
    );
  });

  it('negative control: statistics of another hash are other scores', () => {
    const { forest, values, expected } = readFixture('catboost-ctr-combinations');
    const derived = forest.encoding!.derived!;
    const hashes = derived.hashes.map((hash) => hash + 1);
    const wrong = { ...forest, encoding: { ...forest.encoding!, derived: { ...derived, hashes } } };
    const worst = values.reduce(
      (most, row, i) => Math.max(most, Math.abs(score(wrong, encodeRow(wrong, row)) - expected.raw[i]!)),
      0,
    );
    expect(worst).toBeGreaterThan(1e-3);
  });
});
