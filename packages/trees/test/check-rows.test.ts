import { describe, expect, it } from 'vitest';
import { checkOut, checkRow, checkRows } from '../src/check-rows.ts';
import { encodeRow, RowError } from '../src/encode-row.ts';
import { openEngine } from '../src/engine.ts';
import { rowWidth } from '../src/forest.ts';
import { score, scoreBatch, scoreExact } from '../src/score.ts';
import { openExplainer } from '../src/shap.ts';
import { readFixture } from './fixture.ts';

describe.each(['catboost-default', 'xgboost-default', 'lightgbm-default', 'sklearn-forest-default', 'catboost-ctr-combinations'])(
  'rows of another length: %s',
  (name) => {
    const { forest } = readFixture(name);
    const width = rowWidth(forest);
    const short = new Float64Array(width - 1);
    const rows = new Float64Array(3 * width - 1);
    const out = new Float64Array(forest.featureCount);
    const explainer = openExplainer(forest);
    const engines = [openEngine(forest), openEngine(forest, { backend: 'typescript' })];

    it.each<[string, () => void]>([
      ['score', () => score(forest, short)],
      ['scoreExact', () => scoreExact(forest, short)],
      ['score of the last row of a matrix', () => score(forest, rows, 2 * width)],
      ['score from a negative place', () => score(forest, rows, -1)],
      ['score from no place', () => score(forest, rows, Number.NaN)],
      ['scoreBatch', () => scoreBatch(forest, rows, 3, new Float64Array(3))],
      ['explain', () => explainer.explain(short, out)],
      ...engines.flatMap((engine): [string, () => void][] => [
        [`${engine.backend} engine, score`, () => engine.score(short)],
        [`${engine.backend} engine, scoreBatch`, () => engine.scoreBatch(rows, 3, new Float64Array(3))],
        [`${engine.backend} engine, explain`, () => engine.explain(short, out)],
        [`${engine.backend} engine, explainBatch`, () => engine.explainBatch(rows, 3, new Float64Array(3 * forest.featureCount))],
      ]),
    ])('%s refuses what is too short', (_call, call) => {
      expect(call).toThrow(RowError);
      expect(call).toThrow(new RegExp(`(?:the model takes|rows of) ${width}`));
    });

    it('answers that do not fit are refused before they are lost', () => {
      const whole = new Float64Array(3 * width);
      expect(() => scoreBatch(forest, whole, 3, new Float64Array(2))).toThrow(
        /the answers take 3 places from 0, the array for them has 2/,
      );
      expect(() => explainer.explain(whole, out, 0, 1)).toThrow(/from 1, the array for them has/);
      expect(() => scoreBatch(forest, whole, 1.5, new Float64Array(3))).toThrow(/there are 1\.5 rows/);
      expect(() => scoreBatch(forest, whole, -1, new Float64Array(3))).toThrow(/there are -1 rows/);
    });

    it('what fits is taken, and longer matrices too', () => {
      const long = new Float64Array(4 * width + 1);
      expect(() => checkRow(forest, long, 3 * width + 1)).not.toThrow();
      expect(() => checkRows(forest, long, 4, new Float64Array(4 * forest.featureCount), forest.featureCount)).not.toThrow();
      expect(() => checkRows(forest, [], 0, [])).not.toThrow();
      expect(() => checkOut(out, 0, forest.featureCount)).not.toThrow();
    });
  },
);

it('the remedy is the one that helps: columns behind the features come from encodeRow', () => {
  const { forest, values } = readFixture('catboost-ctr-combinations');
  expect(() => score(forest, new Float64Array(forest.featureCount))).toThrow(/make rows with encodeRow/);
  expect(() => score(forest, encodeRow(forest, values[0]!))).not.toThrow();
  expect(() => score(readFixture('xgboost-default').forest, [1])).toThrow(
    'the row has 1 values, the model takes 5; give one a feature, NaN where it is missing',
  );
});
