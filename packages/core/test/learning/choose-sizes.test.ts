import { chooseSizes } from '@tillcast/core/learning/choose-sizes';
import { openTeacher } from '@tillcast/core/learning/distil-blend';
import { type Combination, LEFT_OUT, openSizeLosses } from '@tillcast/core/learning/size-losses';
import { probabilityOf } from '@tillcast/core/scoring/log-odds';
import { openRandom } from '@tillcast/core/simulation/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normal } from './shop.ts';

/** Members whose sizes cost more and lose less, each by gains of its own. */
const markets = fc.array(
  fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 })), { minLength: 1, maxLength: 4 }),
  { minLength: 1, maxLength: 3 },
);

const shopOf = (market: readonly (readonly (readonly [number, number])[])[]) => {
  const sums = (member: readonly (readonly [number, number])[], part: 0 | 1) =>
    member.map((_, at) => member.slice(0, at + 1).reduce((sum, step) => sum + step[part], 0));
  const units = market.map((member) => sums(member, 0));
  const gains = market.map((member) => sums(member, 1));
  const whole = gains.reduce((sum, gain) => sum + gain.at(-1)!, 0);
  const loss = (combination: Combination): number =>
    (whole - combination.reduce((sum, size, member) => sum + (size === LEFT_OUT ? 0 : gains[member]![size]!), 0)) / 1e3;
  return { units, losses: { loss } };
};

const every = (units: readonly (readonly number[])[]): Combination[] =>
  units
    .reduce<number[][]>((all, sizes) => all.flatMap((one) => [LEFT_OUT, ...sizes.keys()].map((size) => [...one, size])), [[]])
    .filter((combination) => combination.some((size) => size !== LEFT_OUT));

const costOf = (units: readonly (readonly number[])[], combination: Combination): number =>
  combination.reduce((sum, size, member) => sum + (size === LEFT_OUT ? 0 : units[member]![size]!), 0);

const budgets = [1, 5, 10, 20, 40, 80, 160, Number.POSITIVE_INFINITY];

describe('the choice of sizes', () => {
  it('keeps to every budget, is never worse at a looser one, and refuses only what nothing fits', () => {
    fc.assert(
      fc.property(markets, (market) => {
        const { units, losses } = shopOf(market);
        const chosen = chooseSizes(units, losses, budgets);
        chosen.forEach((one, index) => {
          const fits = every(units).some((combination) => costOf(units, combination) <= budgets[index]!);
          expect(one !== undefined).toBe(fits);
          if (one === undefined) return;
          expect(costOf(units, one.combination)).toBe(one.units);
          expect(one.units).toBeLessThanOrEqual(budgets[index]!);
          expect(one.loss).toBeLessThanOrEqual(chosen[index - 1]?.loss ?? Number.POSITIVE_INFINITY);
        });
        expect(chosen.at(-1)!.loss).toBeCloseTo(0, 9);
      }),
    );
  });

  it('finds the best combination, or comes close: on average within a hundredth of what is to be lost', () => {
    const gaps: number[] = [];
    fc.assert(
      fc.property(markets, fc.integer({ min: 10, max: 120 }), (market, budget) => {
        const { units, losses } = shopOf(market);
        const [chosen] = chooseSizes(units, losses, [budget]);
        const feasible = every(units).filter((combination) => costOf(units, combination) <= budget);
        if (chosen === undefined) return;
        const best = Math.min(...feasible.map((combination) => losses.loss(combination)));
        const most = losses.loss(units.map(() => LEFT_OUT));
        gaps.push((chosen.loss - best) / most);
      }),
      { seed: 1, numRuns: 400 },
    );
    expect(gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length).toBeLessThan(0.01);
  });

  it('leaves out a member that is too dear, however good', () => {
    const { units, losses } = shopOf([[[1_000, 40]], [[3, 2]], [[4, 2]]]);
    expect(chooseSizes(units, losses, [10])[0]!.combination).toEqual([LEFT_OUT, 0, 0]);
    expect(chooseSizes(units, losses, [2_000])[0]!.combination).toEqual([0, 0, 0]);
  });

  it('takes the cheaper of two that say the same', () => {
    const flat = { loss: () => 0.25 };
    expect(
      chooseSizes(
        [
          [5, 50],
          [7, 70],
        ],
        flat,
        [1_000],
      )[0]!.combination,
    ).toEqual([0, LEFT_OUT]);
  });
});

describe('what a combination of sizes loses', () => {
  const random = openRandom('sizes');
  const truth = Float64Array.from({ length: 4_000 }, () => 1.2 * normal(random) - 2.5);
  const labels = Uint8Array.from(truth, (z) => Number(random.uniform() < probabilityOf(z)));
  const blurred = (noise: number) => truth.map((z) => z + noise * normal(random));
  const members = [
    { name: 'xgboost' as const, sizes: [blurred(2), blurred(0.7), blurred(0.3)] },
    { name: 'random_forest' as const, sizes: [blurred(1).map(probabilityOf), blurred(0.4).map(probabilityOf)] },
  ];
  const taughtBy = (bought: ArrayLike<number>) => {
    const raw = Object.fromEntries(members.map(({ name, sizes }) => [name, sizes.at(-1)!]));
    return openTeacher({ raw, labels: Float64Array.from(bought), groups: Array.from(bought, (_, row) => `shopper ${row}`) });
  };
  const teacher = taughtBy(labels);
  const losses = openSizeLosses(members, teacher);

  it('is nothing for the whole ensemble, and more the less is left of it', () => {
    expect(losses.loss([2, 1])).toBeCloseTo(0, 6);
    const ladder = [losses.loss([2, 1]), losses.loss([2, 0]), losses.loss([1, 0]), losses.loss([0, LEFT_OUT])];
    for (let i = 1; i < ladder.length; i++) expect(ladder[i]!).toBeGreaterThan(ladder[i - 1]! + 1e-4);
  });

  it('does not listen to the labels’ luck: turned-over labels of single buyers hardly move it', () => {
    const turned = labels.map((label, row) => (row % 97 === 0 ? 1 - label : label));
    const other = openSizeLosses(members, taughtBy(turned));
    expect(Math.abs(other.loss([1, 0]) / losses.loss([1, 0]) - 1)).toBeLessThan(0.6);
    expect(other.loss([2, 0])).toBeLessThan(other.loss([0, LEFT_OUT]));
  });

  it('asks a part of many rows, and says nearly the same', () => {
    const many = (values: Float64Array) => Float64Array.from({ length: 60_000 }, (_, row) => values[Math.floor(row / 15)]!);
    const large = openSizeLosses(
      members.map(({ name, sizes }) => ({ name, sizes: sizes.map(many) })),
      { ...teacher, probabilities: many(teacher.probabilities) },
    );
    expect(Math.abs(large.loss([2, 0]) / losses.loss([2, 0]) - 1)).toBeLessThan(0.05);
    expect(large.loss([2, 1])).toBeCloseTo(0, 6);
  });
});
