import { budgetedLeaderboard } from '@tillcast/core/learning/budgeted-leaderboard';
import { latencySection } from '@tillcast/core/learning/card-latency';
import type { FrontPoint } from '@tillcast/core/learning/latency-report';
import { leaderboard } from '@tillcast/core/learning/leaderboard';
import type { SizedMember } from '@tillcast/core/learning/member-size';
import type { MemberName } from '@tillcast/core/scoring/ensemble';
import { openRandom } from '@tillcast/core/simulation/random';
import { describe, expect, it } from 'vitest';
import { makeTable } from './table.ts';

const table = makeTable('latency', 12_000);

/** A member whose larger sizes are less blurred; each size is a member of its own draw. */
const sized = (name: MemberName, sizes: readonly (readonly [trees: number, units: number, noise: number])[]): SizedMember => ({
  name,
  sizes: sizes.map(([trees, units, noise]) => {
    const { raw, oof } = table.member(name, 1, noise);
    return { size: { trees }, units, raw, ...(oof && { oof }) };
  }),
});

const members = [
  sized('catboost', [
    [50, 1_000, 1.4],
    [100, 2_000, 0.8],
  ]),
  sized('xgboost', [
    [20, 9_000, 1.5],
    [80, 30_000, 0.7],
  ]),
  sized('random_forest', [
    [10, 20_000, 1.2],
    [50, 80_000, 0.8],
    [200, 900_000, 0.5],
  ]),
];
const options = (budgetUnits: number | null) => ({ random: openRandom('latency board'), replicates: 200, budgetUnits });
const report = budgetedLeaderboard(table.data, members, options(100_000));
const { front } = report.latency!;

describe('the leaderboard within a latency budget', () => {
  it('serves an ensemble that keeps to the budget, blended from the sizes it names', () => {
    const { units, members: taken, budgetUnits } = report.latency!;
    expect(budgetUnits).toBe(100_000);
    expect(units).toBeLessThanOrEqual(100_000);
    expect(taken.reduce((sum, member) => sum + member.units, 0)).toBe(units);
    const { blend } = report.blends.find(({ name }) => name === report.chosen)!;
    const weighed = Object.entries(blend.weights).flatMap(([name, weight]) => (weight > 0 ? [name] : []));
    expect(taken.map(({ name }) => name)).toEqual(weighed);
    expect(taken.find(({ name }) => name === 'random_forest')?.trees ?? 0).toBeLessThan(200);
  });

  it('without a budget is the plain leaderboard of the whole members', () => {
    const { latency, ...free } = budgetedLeaderboard(table.data, members, options(null));
    const whole = members.map(({ name, sizes }) => ({ name, raw: sizes.at(-1)!.raw, oof: sizes.at(-1)!.oof! }));
    expect(free).toEqual(leaderboard(table.data, whole, { random: openRandom('latency board'), replicates: 200 }));
    expect(latency!.budgetUnits).toBeNull();
    expect(latency!.units).toBe(932_000);
  });

  it('leaves a member that finds no room out of the blends, and keeps it on the board', () => {
    const tight = budgetedLeaderboard(table.data, members, options(3_000));
    expect(tight.latency!.members.map(({ name }) => name)).toEqual(['catboost']);
    for (const { blend } of tight.blends) expect(Object.keys(blend.weights)).toEqual(['catboost']);
    expect(tight.members.map(({ name }) => name)).toEqual(['catboost', 'xgboost', 'random_forest']);
  });

  it('refuses a budget that holds nothing, with the cheapest member and the remedy', () => {
    expect(() => budgetedLeaderboard(table.data, members, options(500))).toThrowError(
      /budget of 0.5 µs holds no member: the cheapest, catboost with 50 trees, costs 1.00 µs a row; give a looser --latency-budget, or none/,
    );
  });

  it('is the same for the same seed', () => {
    expect(budgetedLeaderboard(table.data, members, options(100_000))).toEqual(report);
  });
});

describe('the front', () => {
  it('never says less at a looser budget, and ends with the whole ensemble', () => {
    const limit = ({ budgetUnits }: FrontPoint) => budgetUnits ?? Number.POSITIVE_INFINITY;
    front.forEach((point, index) => {
      expect(point.units).toBeLessThanOrEqual(limit(point));
      if (index === 0) return;
      expect(limit(point)).toBeGreaterThan(limit(front[index - 1]!));
      expect(point.divergence).toBeLessThanOrEqual(front[index - 1]!.divergence);
    });
    expect(front.at(-1)).toMatchObject({
      budgetUnits: null,
      units: 932_000,
      divergence: 0,
      difference: { value: 0, low: 0, high: 0 },
    });
  });

  it('tells the price of a tight budget with an interval that leaves out zero, and none where nothing was given up', () => {
    const at = (budget: number) => front.find(({ budgetUnits }) => budgetUnits === budget)!;
    expect(at(25_000).difference.low).toBeGreaterThan(0);
    expect(at(1_000_000).difference).toEqual({ value: 0, low: 0, high: 0 });
    expect(at(25_000).logLoss.value - front.at(-1)!.logLoss.value).toBeCloseTo(at(25_000).difference.value, 12);
  });

  it('has the figures of the leaderboard at the budget that is served', () => {
    const point = front.find(({ budgetUnits }) => budgetUnits === 100_000)!;
    const blend = report.blends.find(({ name }) => name === 'log_odds')!;
    expect(point.logLoss.value).toBeCloseTo(blend.metrics.logLoss.value, 12);
  });

  it('stands in the card, with the machine’s own measure beside it', () => {
    const text = latencySection(report.latency!, { units: 90_000, nsPerUnit: 1.12, measuredNs: 98_765 });
    expect(text).toContain('The budget is 100,000 units (100.0 µs).');
    expect(text).toContain(
      'costs 90,000 (measured where it was trained: 98.8 µs; the yardstick model gives that machine 1.12 ns a unit)',
    );
    expect(text).toContain('| none | 932.0 µs |');
    const { value } = front.find(({ budgetUnits }) => budgetUnits === 100_000)!.difference;
    expect(text).toMatch(value > 0 ? /The budget has a price: log loss is|costs nothing that can be told/ : /costs nothing/);
    const dear: FrontPoint = { ...front[0]!, budgetUnits: 100_000, difference: { value: 0.01, low: 0.005, high: 0.02 } };
    expect(latencySection({ ...report.latency!, front: [dear] }, undefined)).toContain(
      'The budget has a price: log loss is 0.01000 (0.00500 to 0.02000) above',
    );
  });
});
