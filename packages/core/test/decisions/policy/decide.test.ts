import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocateBudget } from '../../../src/decisions/policy/allocate-budget.ts';
import { bestCutOff } from '../../../src/decisions/policy/best-cut-off.ts';
import { chancesUnder, decide } from '../../../src/decisions/policy/decide.ts';
import { setBudget } from '../../../src/decisions/policy/set-budget.ts';
import { valueOfRule } from '../../../src/decisions/policy/value-of-rule.ts';
import { bestTreatment, NOBODY, wantedWithin } from '../../../src/decisions/policy/wanted.ts';
import { openRandom } from '../../../src/simulation/random.ts';

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

/** What the threshold rule of an allocation's cut spends and earns on average; the tie at the price is paid for in part. */
function spentBy(
  { price, tieShare }: { price: number; tieShare: number },
  effects: readonly number[][],
  costs: readonly number[],
) {
  let [profit, cost] = [0, 0];
  for (const unit of effects[0]!.keys()) {
    const own = effects.map((one) => one[unit]!);
    const { strict, generous } = wantedWithin({ price }, own, costs);
    for (const [given, share] of [[strict, 1 - tieShare] as const, [generous, tieShare] as const]) {
      if (given === NOBODY) continue;
      profit += share * own[given]!;
      cost += share * costs[given]!;
    }
  }
  return { profit, cost };
}

describe('the cut of a budget', () => {
  it('spends exactly the budget where money is short, and earns at least what the best list of treatments would', () => {
    fc.assert(
      fc.property(problem, ({ effects, costs, budget }) => {
        const { cut } = allocateBudget(effects, costs, budget);
        const { profit, cost } = spentBy(cut, effects, costs);
        if (cut.price > 0) expect(cost).toBeCloseTo(budget, 9);
        else expect(cost).toBeLessThanOrEqual(budget);
        expect(profit).toBeGreaterThanOrEqual(bestByTrying(effects, costs, budget) - 1e-9);
      }),
      { seed: 6, numRuns: 500 },
    );
  });

  it.each([
    ['blind to ties', (cut: { price: number; tieShare: number }) => ({ ...cut, tieShare: 0 })],
    ['without a price', (cut: { price: number; tieShare: number }) => ({ ...cut, price: 0 })],
  ])('would not, %s (planted)', (_, spoil) => {
    const found = fc.check(
      fc.property(problem, ({ effects, costs, budget }) => {
        const { cut } = allocateBudget(effects, costs, budget);
        const { profit, cost } = spentBy(spoil(cut), effects, costs);
        expect(cost).toBeLessThanOrEqual(budget + 1e-9);
        expect(profit).toBeGreaterThanOrEqual(bestByTrying(effects, costs, budget) - 1e-9);
      }),
      { seed: 6, numRuns: 500 },
    );
    expect(found.failed).toBe(true);
  });

  it('decides as it logs: of shoppers at the price, the share that is paid for', () => {
    const budgeted = { ...policy, budget: { amount: 1, shoppers: 1, price: 2, tieShare: 0.25 } };
    const treated = shoppers.filter((shopper) => decide(budgeted, shopper, [2, 0.5]).treatment === 'coupon').length;
    const chance = decide(budgeted, 'u:1', [2, 0.5]).propensities[0]!;
    expect(chance).toBeCloseTo(0.9 * 0.25 + 0.1 / 3, 12);
    const error = Math.sqrt((chance * (1 - chance)) / shoppers.length);
    expect(Math.abs(treated / shoppers.length - chance)).toBeLessThan(4 * error);
    expect(decide(budgeted, 'u:1', [1.9, 0.5]).propensities[0]).toBeCloseTo(0.1 / 3, 12);
  });
});

describe('a budget set on a policy', () => {
  const rule = {
    treatments: [
      { name: 'coupon', cost: 4 },
      { name: 'message', cost: 0.5 },
    ],
    explorationShare: 0.1,
  };
  const random = openRandom('budget');
  const effects = [3, 0.4].map((mean) => Float64Array.from({ length: 5_000 }, () => mean * (random.uniform() * 3 - 1)));

  it('is what the policy spends, exploration included', () => {
    const budget = setBudget({ amount: 600, shoppers: 1_000 }, rule, effects);
    const spent = Array.from({ length: 5_000 }, (_, unit) => {
      const chances = chancesUnder({ ...rule, budget }, [effects[0]![unit]!, effects[1]![unit]!]);
      return 4 * chances[0]! + 0.5 * chances[1]!;
    });
    expect(spent.reduce((sum, one) => sum + one, 0) / 5_000).toBeCloseTo(0.6, 9);
    expect(budget.price).toBeGreaterThan(0);
  });

  it('buys everything that pays where there is enough', () => {
    expect(setBudget({ amount: 1e6, shoppers: 1_000 }, rule, effects).price).toBe(0);
  });

  it('is refused where exploring alone spends more, and where a cost is missing', () => {
    expect(() => setBudget({ amount: 100, shoppers: 1_000 }, rule, effects)).toThrow(/exploring 10 % alone spends 0.150/);
    const free = { ...rule, treatments: [rule.treatments[0]!, { name: 'message', cost: 0 }] };
    expect(() => setBudget({ amount: 100, shoppers: 10 }, free, effects)).toThrow('--cost message=AMOUNT');
  });
});

describe('the value of a rule on randomised decisions', () => {
  /** Units with a known effect of 1 + x on profit, treated by lot; a rule that treats where x > 0.5 gains E[(1 + x) 1{x > .5}] = .875. */
  const gainOf = (seed: number, forgetPropensity = false): boolean => {
    const random = openRandom(seed);
    const count = 2_000;
    const x = Float64Array.from({ length: count }, () => random.uniform());
    const chance = x.map((one) => 0.2 + 0.5 * one);
    const arm = Uint8Array.from(chance, (one) => Number(random.uniform() < one));
    const reward = Float64Array.from(arm, (one, i) => 2 * x[i]! + one * (1 + x[i]!) + 3 * (random.uniform() - 0.5));
    const propensity = Float64Array.from(arm, (one, i) => (forgetPropensity ? 0.45 : one === 1 ? chance[i]! : 1 - chance[i]!));
    const log = { count, arm, propensity, reward };
    const rule = (unit: number, one: number) => Number(one === Number(x[unit]! > 0.5));
    const { gain, cost, shares } = valueOfRule(log, rule, { expected: () => 1, costs: [0, 3] });
    expect(cost.value).toBeCloseTo(3 * shares[0]!, 9);
    return gain.low <= 0.875 && 0.875 <= gain.high;
  };
  const held = (forget: boolean) => Array.from({ length: 200 }, (_, seed) => gainOf(seed, forget)).filter(Boolean).length;

  it('holds the truth in 95 % of logs; with propensities forgotten (planted) it does not', () => {
    expect(held(false)).toBeGreaterThanOrEqual(181);
    expect(held(true)).toBeLessThan(150);
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
