import { costOf } from '@tillcast/trees/cost';
import { trimForest } from '@tillcast/trees/trim-forest';
import { describe, expect, it } from 'vitest';
import { parseLatencyBudget } from '../../src/cli/train-flags.ts';
import type { TableInfo } from '../../src/jobs/read-table.ts';
import { describeLatency, servedUnits } from '../../src/jobs/served-latency.ts';
import { latencyBudgetOf, refitSpec, searchSpec } from '../../src/jobs/train-plan.ts';
import { parseTrainingResult } from '../../src/jobs/train-spec.ts';
import { measureNsPerUnit, measureRowNs, yardstickForest } from '../../src/jobs/yardstick.ts';

describe('--latency-budget', () => {
  it.each([
    ['100us', 100_000],
    ['100µs', 100_000],
    ['100\u03bcs', 100_000],
    ['0.1ms', 100_000],
    ['2500ns', 2_500],
    ['1000ms', 1e9],
    ['none', null],
  ])('%s', (text, units) => expect(parseLatencyBudget(text)).toBe(units));

  it.each(['', '100', '0us', '-5us', '1e3us', '100 us', '2s', '1001ms', '0.0001ns', 'None', 'fast'])('refuses "%s"', (text) => {
    expect(() => parseLatencyBudget(text)).toThrowError(
      /--latency-budget must be a time up to 1000ms such as 100us or 0.1ms, or none, not "/,
    );
  });
});

const info = { features: ['views'], splits: { train: {}, stop: {}, blend: {}, test: {} } } as unknown as TableInfo;
const result = (member: object) =>
  JSON.stringify({
    ...{ schema: 1, rows: 9, positives: 3, seconds: 1, versions: {} },
    members: [
      {
        ...{ name: 'random_forest', file: 'members/random_forest.json', params: { max_depth: 24 }, rounds: 200 },
        ...{ sizes: [{ trees: 200, leaves: 600, units: 5 }], trials: 1, pruned: 0, over_budget: 0, best_score: 0.1 },
        ...member,
      },
    ],
  });
const searched = parseTrainingResult(result({}), ['random_forest']);
const latency = {
  budgetUnits: 100_000,
  units: 50_000,
  members: [{ name: 'random_forest' as const, trees: 50, leaves: 32, units: 40_000 }],
};

describe('the specs of a training', () => {
  it('carry the budget, 100 µs where nothing is said, and null where none is wished', () => {
    const units = (latencyBudgetUnits?: number | null) =>
      searchSpec(info, latencyBudgetUnits === undefined ? {} : { latencyBudgetUnits }, { dataset: 'd', out: 'o' })
        .latency_budget_units;
    expect([units(), units(5_000), units(null)]).toEqual([100_000, 5_000, null]);
    expect(latencyBudgetOf({})).toBe(100_000);
  });

  it('refit each member at its size, and hold it to its share of the budget', () => {
    const paths = { dataset: 'd', out: 'o' };
    expect(refitSpec(info, {}, searched, latency, paths).members).toEqual([
      { name: 'random_forest', trials: 0, params: { max_depth: 24, max_leaf_nodes: 32 }, rounds: 50, max_units: 80_000 },
    ]);
    const [free] = refitSpec(info, {}, searched, { ...latency, budgetUnits: null }, paths).members;
    expect(free!.max_units).toBeNull();
  });

  it.each([
    { sizes: [] },
    { sizes: 'all' },
    { sizes: [{ trees: -1, leaves: null }] },
    { sizes: [{ trees: 3 }] },
    { over_budget: 'two' },
  ])('a result with %j is damaged', (damage) =>
    expect(() => parseTrainingResult(result(damage), ['random_forest'])).toThrowError(/its result.json is damaged/),
  );
});

describe('what is served', () => {
  const forest = yardstickForest();
  const { score, explain } = costOf(forest);

  it('is counted member by member, and refused where it outgrew the budget', () => {
    const members = [
      { name: 'xgboost' as const, forest },
      { name: 'lightgbm' as const, forest },
    ];
    expect(servedUnits(members, null)).toBe(2 * (score + explain));
    expect(servedUnits(members, Math.ceil(2 * (score + explain)))).toBe(2 * (score + explain));
    expect(() => servedUnits(members, score + explain)).toThrowError(/more than the latency budget of/);
  });

  it('is told in units, as measured, and by the yardstick', () => {
    expect(describeLatency({ budgetUnits: 100_000, units: 90_900, nsPerUnit: 0.97, measuredNs: 88_100 })).toBe(
      'score and reasons of a row: 90.9 µs of a budget of 100.0 µs; measured here 88.1 µs (100.0 µs of budget are about 97.0 µs here, by the yardstick)',
    );
    expect(describeLatency({ budgetUnits: null, units: 300_000, nsPerUnit: 1, measuredNs: 1e6 })).toContain('without a budget');
  });
});

describe('the yardstick', () => {
  it('is the same model everywhere: 200 trees of 31 leaves', () => {
    const forest = yardstickForest();
    expect([forest.treeCount, forest.feature.length]).toEqual([200, 200 * 61]);
    expect(yardstickForest()).toEqual(forest);
  });

  it('turns the clock’s time into nanoseconds a unit and a row', () => {
    const forest = trimForest(yardstickForest(), { trees: 1 });
    const rows = new Float32Array(10 * 24);
    let nowMs = 0;
    const ticking = () => {
      nowMs += 2;
      return nowMs;
    };
    // Two milliseconds a round of eight rows.
    expect(measureRowNs([forest], rows, ticking)).toBeCloseTo(250_000, 6);
    const { score, explain } = costOf(yardstickForest());
    expect(measureNsPerUnit(ticking)).toBeCloseTo(2e6 / 8 / (score + explain), 9);
  });
});
