import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowError } from '../src/encode-row.ts';
import { openEngine } from '../src/engine.ts';
import { type Waterfall, waterfallOf } from '../src/waterfall.ts';
import { readFixture } from './fixture.ts';

const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const contributions = fc.array(fc.oneof(number, fc.constantFrom(0, -0, 1, -1)), { maxLength: 40 });

const bareSum = (numbers: readonly number[]): number => numbers.reduce((sum, x) => sum + x, 0);

/** What is wrong with a waterfall; empty where nothing is. */
function faultsOf({ base, score, steps }: Waterfall, all: readonly number[], from: number, top: number): string[] {
  const faults: string[] = [];
  const size = Math.max(1, Math.abs(from), bareSum(all.map(Math.abs)));
  if (base !== from || (steps[0]?.from ?? base) !== base) faults.push('it does not begin at the base value');
  if (steps.some((step, index) => index > 0 && step.from !== steps[index - 1]!.to)) faults.push('a bar begins elsewhere');
  if ((steps.at(-1)?.to ?? base) !== score) faults.push('the last bar does not end at the score');
  if (Math.abs(score - (from + bareSum(all))) > 1e-9 * size) faults.push('base and contributions are not the score');
  if (steps.some(({ by, raisedBy, loweredBy }) => Math.abs(by - raisedBy - loweredBy) > 1e-9 * size)) faults.push('parts');
  if (steps.length !== Math.min(top, all.length)) faults.push('too many bars, or too few');
  if (bareSum(steps.map(({ features }) => features)) !== all.length) faults.push('a feature is missing, or there twice');
  const alone = steps.filter((step) => step.feature !== undefined);
  if (new Set(alone.map(({ feature }) => feature)).size !== alone.length) faults.push('a feature stands twice');
  const weakest = Math.abs(alone.at(-1)?.by ?? Number.POSITIVE_INFINITY);
  if (alone.some(({ by }, index) => index > 0 && Math.abs(by) > Math.abs(alone[index - 1]!.by))) faults.push('not in order');
  const hidden = all.filter((_, feature) => alone.every((step) => step.feature !== feature));
  if (hidden.some((by) => Math.abs(by) > weakest)) faults.push('a stronger one is hidden');
  if (hidden.length === 1 && top > 1) faults.push('one other');
  return faults;
}

describe('a waterfall', () => {
  it('is a way without a gap, strongest first, whose end is base and contributions together', () => {
    fc.assert(
      fc.property(contributions, number, fc.integer({ min: 1, max: 50 }), (all, base, top) => {
        expect(faultsOf(waterfallOf(all, { base, top }), all, base, top)).toEqual([]);
      }),
      { seed: 20261123, numRuns: 500 },
    );
  });

  it('would be caught with a gap, a wrong end, a feature lost or bars out of order', () => {
    const all = [3, -2, 1, 0.5];
    const right = waterfallOf(all, { base: 1 });
    const [first, second, ...rest] = right.steps as [Waterfall['steps'][0], Waterfall['steps'][0], ...Waterfall['steps']];
    expect(faultsOf(right, all, 1, 10)).toEqual([]);
    expect(faultsOf({ ...right, steps: [first, { ...second, from: second.from + 1e-6 }, ...rest] }, all, 1, 10)).not.toEqual([]);
    expect(faultsOf({ ...right, score: right.score + 1e-6 }, all, 1, 10)).not.toEqual([]);
    expect(faultsOf({ ...right, steps: [first, second] }, all, 1, 10)).not.toEqual([]);
    expect(faultsOf({ ...right, steps: [second, first, ...rest] }, all, 1, 10)).not.toEqual([]);
  });

  it('orders and groups as shap.plots.waterfall does: nine alone of eleven, two together', () => {
    const all = [1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11];
    const { steps } = waterfallOf(all, { base: 0 });
    expect(steps.map(({ feature }) => feature)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, undefined]);
    expect(steps.at(-1)).toMatchObject({ features: 2, by: -1, raisedBy: 1, loweredBy: -2 });
    expect(waterfallOf(all.slice(1), { base: 0 }).steps.every(({ feature }) => feature !== undefined)).toBe(true);
  });

  it('keeps equals in the order of features', () => {
    const all = [0.5, -0.5, 0.5, 0, 0];
    expect(waterfallOf(all, { base: 0 }).steps.map(({ feature }) => feature)).toEqual([0, 1, 2, 3, 4]);
  });

  it.each([
    ['no feature', [], 0],
    ['one feature', [2], 1],
    ['nothing but zeros', [0, 0, 0], 3],
  ])('takes %s', (_, all, bars) => {
    const { steps, score } = waterfallOf(all, { base: 0.25 });
    expect(steps).toHaveLength(bars);
    expect(score).toBe(0.25 + bareSum(all));
  });

  it.each([
    ['a contribution that is NaN', [1, Number.NaN], { base: 0 }, /contribution of feature 1 is NaN/],
    ['an infinite contribution', [Number.POSITIVE_INFINITY], { base: 0 }, /feature 0 is Infinity/],
    ['a base that is NaN', [1], { base: Number.NaN }, /base value is NaN/],
    ['names of another model', [1, 2], { base: 0, names: ['a'] }, /1 names for 2 contributions/],
    ['values of another row', [1, 2], { base: 0, values: [1, 2, 3] }, /3 values for 2 contributions/],
    ['no bar at all', [1], { base: 0, top: 0 }, /top is 0/],
    ['half a bar', [1], { base: 0, top: 1.5 }, /top is 1.5/],
    ['the score of another row', [1, 2], { base: 0, score: 3.1 }, /add up to 3, the score is 3.1/],
    ['a score that is NaN', [1, 2], { base: 0, score: Number.NaN }, /the score is NaN/],
    ['what adds up to infinity', [1.7e308, 1.7e308], { base: 0 }, /beyond what a number holds/],
    ['a range beyond numbers', [1.7e308, 1.7e308], { base: -1.7e308 }, /beyond what a number holds/],
  ])('refuses %s', (_, all, options, message) => {
    expect(() => waterfallOf(all, options)).toThrow(RowError);
    expect(() => waterfallOf(all, options)).toThrow(message);
  });

  it.each(['catboost-ctr-combinations', 'xgboost-default', 'lightgbm-categories-text', 'sklearn-forest-default'])(
    'of %s ends at the exact score of every row',
    (name) => {
      const { forest, rows } = readFixture(name);
      const engine = openEngine(forest);
      const out = new Float64Array(forest.featureCount);
      for (const row of rows) {
        const base = engine.explain(row, out);
        const score = engine.scoreExact(row);
        expect(waterfallOf(out, { base, score, names: forest.featureNames }).score).toBeCloseTo(score, 9);
      }
    },
  );
});
