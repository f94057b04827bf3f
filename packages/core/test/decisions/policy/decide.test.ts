import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocateBudget } from '../../../src/decisions/policy/allocate-budget.ts';
import { bestCutOff } from '../../../src/decisions/policy/best-cut-off.ts';
import { bestTreatment, decide, NOBODY } from '../../../src/decisions/policy/decide.ts';

const policy = {
  explorationShare: 0.1,
  salt: 's1',
  treatments: ['coupon', 'message'].map((name) => ({ name, cost: 1, shrinkage: { mean: 0, centre: 0, slope: 1 }, mix: [] })),
};
const shoppers = Array.from({ length: 20_000 }, (_, i) => `u:${i}`);

describe('decide', () => {
  it('is a pure function whose propensities are possible and sum to 1 with that of nothing', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 2, maxLength: 2 }),
        (shopper, effects) => {
          const decision = decide(policy, shopper, effects);
          expect(decide(policy, shopper, effects)).toEqual(decision);
          expect(decision.propensity).toBeGreaterThan(0);
          const nothing = 1 - decision.propensities.reduce((sum, one) => sum + one, 0);
          const given = policy.treatments.findIndex(({ name }) => name === decision.treatment);
          expect(decision.propensity).toBeCloseTo(given === NOBODY ? nothing : decision.propensities[given]!, 12);
        },
      ),
      { seed: 6 },
    );
  });
  it('draws what it logs: each arm as often as its propensity says', () => {
    const counts = { coupon: 0, message: 0, nothing: 0 };
    for (const shopper of shoppers) counts[(decide(policy, shopper, [1, 0.5]).treatment ?? 'nothing') as keyof typeof counts]++;
    const expected = { coupon: 0.9 + 0.1 / 3, message: 0.1 / 3, nothing: 0.1 / 3 };
    for (const [arm, share] of Object.entries(expected)) {
      const error = Math.sqrt((share * (1 - share)) / shoppers.length);
      expect(Math.abs(counts[arm as keyof typeof counts] / shoppers.length - share)).toBeLessThan(4 * error);
    }
  });
  it('explores the same shoppers whatever the effects, and others under another salt', () => {
    const explorers = (salt: string, effects: number[]) =>
      shoppers.filter((shopper) => decide({ ...policy, salt }, shopper, effects).action === 'explore');
    expect(explorers('s1', [1, 2])).toEqual(explorers('s1', [-1, -2]));
    const [one, other] = [new Set(explorers('s1', [1, 2])), explorers('s2', [1, 2])];
    expect(other.filter((shopper) => one.has(shopper)).length / shoppers.length).toBeLessThan(0.013);
  });
  it('treats nobody whom it would cost', () => {
    expect(bestTreatment([-1, 0])).toBe(NOBODY);
    expect(bestTreatment([1, 3, Number.NaN])).toBe(1);
  });
});

/** The best a budget can buy, by trying everything. */
function bestByTrying(effects: readonly number[][], costs: readonly number[], budget: number, unit = 0): number {
  if (unit === effects[0]!.length) return 0;
  const without = bestByTrying(effects, costs, budget, unit + 1);
  const withEach = costs.map((cost, t) =>
    cost <= budget ? effects[t]![unit]! + bestByTrying(effects, costs, budget - cost, unit + 1) : 0,
  );
  return Math.max(without, ...withEach);
}

const money = fc.integer({ min: -5, max: 20 });
const problem = fc.record({
  effects: fc.tuple(fc.array(money, { minLength: 5, maxLength: 5 }), fc.array(money, { minLength: 5, maxLength: 5 })),
  costs: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
  budget: fc.integer({ min: 0, max: 25 }),
});

describe('allocateBudget', () => {
  it('never overspends, and is at most one step from the best', () => {
    fc.assert(
      fc.property(problem, ({ effects, costs, budget }) => {
        const { profit, cost } = allocateBudget(effects, costs, budget);
        expect(cost).toBeLessThanOrEqual(budget);
        const best = bestByTrying(effects, costs, budget);
        expect(profit).toBeLessThanOrEqual(best);
        expect(profit).toBeGreaterThanOrEqual(best - Math.max(0, ...effects[0], ...effects[1]));
      }),
      { seed: 6, numRuns: 300 },
    );
  });
  it('is exact for one treatment of one cost', () => {
    fc.assert(
      fc.property(problem, ({ effects: [effects], costs: [cost], budget }) => {
        expect(allocateBudget([effects], [cost], budget).profit).toBe(bestByTrying([effects], [cost], budget));
      }),
      { seed: 6 },
    );
  });
  it('says what it gave: profit and cost are those of its treatments', () => {
    fc.assert(
      fc.property(problem, ({ effects, costs, budget }) => {
        const { treatment, profit, cost } = allocateBudget(effects, costs, budget);
        const given = [...treatment.entries()].filter(([, t]) => t !== NOBODY);
        expect(given.reduce((sum, [unit, t]) => sum + effects[t]![unit]!, 0)).toBe(profit);
        expect(given.reduce((sum, [, t]) => sum + costs[t]!, 0)).toBe(cost);
      }),
      { seed: 6 },
    );
  });
});

it('the best cut-off is the best of all, and takes equal scores together', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), money), { minLength: 1 }), (pairs) => {
      const scores = Float64Array.from(pairs, ([score]) => score);
      const effects = pairs.map(([, effect]) => effect);
      const sumFrom = (mark: number) => pairs.reduce((sum, [score, effect]) => sum + (score >= mark ? effect : 0), 0);
      expect(bestCutOff(scores, effects).profit).toBe(Math.max(0, ...[0, 1, 2, 3, 4].map(sumFrom)));
    }),
    { seed: 6 },
  );
});
