import {
  type CounterfactualRule,
  defaultCounterfactualRules,
  parseCounterfactualRules,
} from '@tillcast/core/explaining/counterfactual-rules';
import { findCounterfactuals } from '@tillcast/core/explaining/counterfactuals';
import { openPlausibility, seenValue } from '@tillcast/core/explaining/plausibility';
import { changedColumns, whatIf } from '@tillcast/core/explaining/what-if';
import { probabilityOf } from '@tillcast/core/scoring/log-odds';
import { scoreRow } from '@tillcast/core/scoring/score-row';
import { openRandom } from '@tillcast/core/simulation/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ensembleOf, randomTrees, referenceOf, uniformRows } from './toy-model.ts';

const width = 5;
const names = ensembleOf(width, []).featureNames;
const reference = referenceOf(uniformRows(width, 1_000, 'cf'), names);
const judge = openPlausibility(reference, names);

const rule = fc.record({
  move: fc.constantFrom('immutable', 'only_up', 'only_down', 'free'),
  step: fc.constantFrom(0.05, 0.1, 0.3),
  relative: fc.boolean(),
  cost: fc.constantFrom(0.5, 1, 3),
  most_steps: fc.integer({ min: 1, max: 12 }),
  least: fc.constantFrom(0, 0.2),
  most: fc.constantFrom(0.9, 1),
});
const rulesOf = (data: unknown) => parseCounterfactualRules(data, names);

/** What is wrong with a change, by its rule. */
function breach(found: CounterfactualRule | undefined, change: { from: number; to: number; steps: number }): string | undefined {
  if (found === undefined || found.move === 'immutable') return 'moved what may not move';
  if (found.move === 'only_up' && change.to < change.from) return 'went down';
  if (found.move === 'only_down' && change.to > change.from) return 'went up';
  if (Math.abs(change.steps) > found.mostSteps) return 'went too far';
  const step = found.relative ? change.from * found.step : found.step;
  if (Math.abs(change.to - (change.from + step * change.steps)) > 1e-5) return 'is off the steps';
  if (change.to < (found.least ?? change.to) || change.to > (found.most ?? change.to)) return 'left its bounds';
  return undefined;
}

describe('counterfactuals', () => {
  it('obey every rule, reach what was asked, say what they cost, and come cheapest first', () => {
    let found = 0;
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.constantFrom(...names), rule), { selector: ([name]) => name, minLength: 1, maxLength: 4 }),
        fc.string(),
        fc.constantFrom(-0.8, -0.3, 0.3, 0.8),
        (data, seed, shift) => {
          const ensemble = ensembleOf(width, randomTrees(width, 12, openRandom(seed)));
          const rules = rulesOf(Object.fromEntries(data));
          const row = uniformRows(width, 1, `row-${seed}`);
          const probability = probabilityOf(scoreRow(ensemble, row).logOdds + shift);
          const wish = { probability, rules, count: 3 };
          const answers = findCounterfactuals(ensemble, row, wish, judge);
          found += answers.length;
          expect(findCounterfactuals(ensemble, row, wish, judge)).toEqual(answers);
          expect(answers.map(({ cost }) => cost)).toEqual(answers.map(({ cost }) => cost).toSorted((a, b) => a - b));
          const upwards = shift > 0;
          for (const answer of answers) {
            expect(upwards ? answer.probability >= probability - 1e-12 : answer.probability <= probability + 1e-12).toBe(true);
            const ofFeature = (feature: number) => rules.find((one) => one.feature === names[feature]);
            for (const change of answer.changes) expect(breach(ofFeature(change.feature), change)).toBeUndefined();
            const cost = answer.changes.reduce((sum, { feature, steps }) => sum + Math.abs(steps) * ofFeature(feature)!.cost, 0);
            expect(answer.cost).toBeCloseTo(cost, 9);
            expect(answer.plausibility.features.map(({ feature }) => feature)).toEqual(
              answer.changes.map(({ feature }) => feature),
            );
          }
        },
      ),
      { numRuns: 80, seed: 7 },
    );
    expect(found).toBeGreaterThan(40);
  });

  it('the check notices each kind of breach', () => {
    const [down] = rulesOf({ feature_0: { move: 'only_down', step: 0.1, most_steps: 2, least: 0.2 } });
    expect(breach(undefined, { from: 0, to: 1, steps: 1 })).toBe('moved what may not move');
    expect(breach(down, { from: 0.5, to: 0.6, steps: 1 })).toBe('went up');
    expect(breach(down, { from: 0.9, to: 0.6, steps: -3 })).toBe('went too far');
    expect(breach(down, { from: 0.5, to: 0.35, steps: -1 })).toBe('is off the steps');
    expect(breach(down, { from: 0.25, to: 0.15, steps: -1 })).toBe('left its bounds');
  });

  it('find the cheapest there is: no fewer steps in an exhaustive search reach it', () => {
    const ensemble = ensembleOf(width, randomTrees(width, 10, openRandom('cheapest')));
    const rules = rulesOf({
      feature_0: { move: 'free', step: 0.1, most_steps: 5, cost: 2 },
      feature_1: { move: 'free', step: 0.1, most_steps: 5, cost: 1 },
      feature_2: { move: 'only_up', step: 0.1, most_steps: 5, cost: 1.5 },
    });
    for (const seed of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const row = uniformRows(width, 1, seed);
      const start = scoreRow(ensemble, row).logOdds;
      const goal = start + 0.4;
      let least = Number.POSITIVE_INFINITY;
      for (let x = -5; x <= 5; x++)
        for (let y = -5; y <= 5; y++)
          for (let z = 0; z <= 5; z++) {
            const moved = row.slice();
            moved[0] = Math.fround(row[0]! + 0.1 * x);
            moved[1] = Math.fround(row[1]! + 0.1 * y);
            moved[2] = Math.fround(row[2]! + 0.1 * z);
            const cost = 2 * Math.abs(x) + Math.abs(y) + 1.5 * z;
            if (cost < least && scoreRow(ensemble, moved).logOdds >= goal) least = cost;
          }
      const [best] = findCounterfactuals(ensemble, row, { probability: 1 / (1 + Math.exp(-goal)), rules }, judge);
      expect(best?.cost ?? Number.POSITIVE_INFINITY, seed).toBe(least);
    }
  });

  it('move what is made of a feature with it', () => {
    const ensemble = ensembleOf(width, [[3, 0.45, 2, -2]]);
    const row = new Float32Array(width).fill(0.5);
    const rules = rulesOf({ feature_0: { move: 'only_down', step: 0.05, relative: true, scales: ['feature_3'] } });
    const [best] = findCounterfactuals(ensemble, row, { probability: 0.6, rules }, judge);
    expect(best!.changes).toMatchObject([{ feature: 0, steps: -2 }]);
    expect(best!.plausibility.features.map(({ feature }) => feature)).toEqual([0, 3]);
  });

  it('rules that mean nothing are refused by their place', () => {
    expect(() => rulesOf({ feature_9: { move: 'free', step: 1 } })).toThrow('/rules/feature_9 is not a feature of this model');
    expect(() => rulesOf({ feature_0: { move: 'sideways' } })).toThrow(/\/rules\/feature_0\/move must be one of/);
    expect(() => rulesOf({ feature_0: { move: 'free' } })).toThrow(/\/rules\/feature_0\/step is null; give a number > 0/);
    expect(() => rulesOf({ feature_0: { move: 'free', step: 1, prize: 2 } })).toThrow(/\/rules\/feature_0\/prize is not a field/);
    expect(() => rulesOf({ feature_0: { move: 'free', step: 1, scales: ['feature_1'] } })).toThrow(/relative steps only/);
    expect(() => rulesOf([])).toThrow(/must be an object/);
    expect(parseCounterfactualRules(defaultCounterfactualRules, ['price', 'price_to_item_mean'], true)[0]).toMatchObject({
      feature: 'price',
      move: 'only_down',
      scales: ['price_to_item_mean'],
    });
  });
});

describe('seen in data', () => {
  it('marks values by the reference', () => {
    const profile = { quantiles: [0, 1, 5, 25, 50, 75, 95, 99, 100], missing: 0 };
    expect([50, 1, 0.5, 99.5, 100.1, -1, Number.NaN].map((value) => seenValue(profile, value))).toEqual([
      'common',
      'common',
      'rare',
      'rare',
      'unseen',
      'unseen',
      'unseen',
    ]);
  });

  it('marks a pair whose halves are common but never met, and no real row', () => {
    const rows = uniformRows(width, 1_000, 'pairs');
    // Feature 1 is feature 0 with a little noise.
    for (let row = 0; row < 1_000; row++)
      rows[row * width + 1] = Math.fround(rows[row * width]! * 0.99 + 0.005 * rows[row * width + 1]!);
    const judgePairs = openPlausibility(referenceOf(rows, names), names, rows);
    const odd = judgePairs(Float32Array.of(0.1, 0.9, 0.5, 0.5, 0.5), [1]);
    expect(odd).toMatchObject({
      oddPairs: [[1, 0]],
      pairsChecked: true,
      seenInData: false,
      features: [{ feature: 1, seen: 'common' }],
    });
    for (let row = 0; row < 200; row++)
      expect(judgePairs(rows.subarray(row * width, (row + 1) * width), [0, 1, 2]).seenInData).toBe(true);
    const few = openPlausibility(referenceOf(rows, names), names, rows.subarray(0, 100 * width));
    expect(few(Float32Array.of(0.1, 0.9, 0.5, 0.5, 0.5), [1])).toMatchObject({ pairsChecked: false, seenInData: true });
  });

  it('independent features give fresh rows hardly ever an odd pair', () => {
    const judgePairs = openPlausibility(reference, names, uniformRows(width, 500, 'sample'));
    const fresh = uniformRows(width, 300, 'fresh');
    const odd = Array.from({ length: 300 }, (_, row) =>
      judgePairs(fresh.subarray(row * width, (row + 1) * width), [0, 1, 2, 3, 4]),
    ).filter(({ oddPairs }) => oddPairs.length > 0);
    expect(odd.length).toBeLessThanOrEqual(1);
  });
});

describe('what if', () => {
  it('tells each change alone, all together, and what lies between', () => {
    const ensemble = ensembleOf(width, [
      [0, 0.5, -1, 1],
      [1, 0.5, [2, 0.5, 0, 0], [2, 0.5, 0, 3]],
    ]);
    const before = new Float32Array(width).fill(0.2);
    const withChanges = (...columns: number[]) => before.map((value, j) => (columns.includes(j) ? 0.8 : value));
    const answer = whatIf(ensemble, before, [withChanges(0), withChanges(1), withChanges(2)], withChanges(0, 1, 2));
    expect(answer.alone.map(({ logOdds }) => logOdds - answer.before.logOdds)).toEqual([2, 0, 0]);
    expect(answer.after.logOdds - answer.before.logOdds).toBe(5);
    expect(answer.together).toBe(3);
    expect(changedColumns(before, withChanges(1, 4))).toEqual([1, 4]);
    expect(changedColumns(Float32Array.of(Number.NaN, 1), Float32Array.of(Number.NaN, Number.NaN))).toEqual([1]);
  });
});
