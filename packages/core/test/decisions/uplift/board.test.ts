import { describe, expect, it } from 'vitest';
import { compareLearners, meanOfHalf } from '../../../src/decisions/uplift/board.ts';
import { doublyRobustScores } from '../../../src/decisions/uplift/doubly-robust.ts';
import { effectBins } from '../../../src/decisions/uplift/effect-bins.ts';
import { learnShrinkage } from '../../../src/decisions/uplift/shrink-effects.ts';
import { normal } from '../../../src/simulation/distributions.ts';
import { openRandom } from '../../../src/simulation/random.ts';

const COUNT = 6_000;

/** Effects of mean −0.1 and deviation 0.5 that are seen with noise of deviation 2; three learners, of which two know something. */
function world(seed: string) {
  const random = openRandom(seed);
  const draw = (scale: number) => Float64Array.from({ length: COUNT }, () => scale * normal(random));
  const effect = draw(0.5).map((one) => one - 0.1);
  const noise = draw(2);
  const seen = effect.map((one, i) => one + noise[i]!);
  const near = (scale: number) => draw(scale).map((one, i) => one + effect[i]!);
  const learners = [
    { name: 'good', outOfFold: near(0.3) },
    { name: 'fair', outOfFold: near(0.6) },
    { name: 'blind', outOfFold: draw(0.5) },
    { name: 'backwards', outOfFold: effect.map((one) => -one) },
  ];
  return { effect, seen, learners, fold: Uint8Array.from({ length: COUNT }, (_, i) => i % 3) };
}

describe('the board', () => {
  it('values policies as the truth would, and serves the better half', () => {
    const { effect, seen, learners, fold } = world('board');
    const board = compareLearners(learners, seen, fold);
    const truth = effect.reduce((sum, one, i) => sum + (learners[0]!.outOfFold[i]! > 0 ? one : 0), 0) / COUNT;
    const good = board.lines.find(({ name }) => name === 'good')!;
    expect(good.profit.low).toBeLessThan(truth);
    expect(good.profit.high).toBeGreaterThan(truth);
    expect([...board.among].sort()).toEqual(['fair', 'good']);
    expect(board.chosen.name).toBe(meanOfHalf);
  });
  it('shrinks what knows nothing to the mean, which is below 0 here: nobody is treated', () => {
    const { seen, learners, fold } = world('blind');
    const { lines } = compareLearners(learners, seen, fold);
    const shares = Object.fromEntries(lines.map(({ name, treatedShare }) => [name, treatedShare]));
    expect(shares.backwards).toBe(0);
    expect(lines.find(({ name }) => name === 'blind')!.shrinkage.slope).toBeLessThan(0.25);
    expect(shares.good).toBeGreaterThan(0.2);
  });
  it('gives a learner no credit for its own noise: figures out of fold are not those of the fit', () => {
    const { seen, fold } = world('leak');
    const [leaky] = compareLearners([{ name: 'leaky', outOfFold: seen }], seen, fold).lines;
    // The negative control: a learner that has seen the outcomes looks far better than the best possible policy.
    expect(leaky!.profit.low).toBeGreaterThan(0.5);
  });
});

describe('shrinkage', () => {
  it('finds the line of effects on predictions, and never a falling one', () => {
    const { seen, effect } = world('line');
    const doubled = effect.map((one) => 2 * one);
    expect(learnShrinkage(doubled, seen).slope).toBeCloseTo(0.5, 1);
    expect(
      learnShrinkage(
        effect.map((one) => -one),
        seen,
      ).slope,
    ).toBe(0);
  });
});

it('calibration bins hold every unit once, and tell a calibrated effect', () => {
  const { seen, effect } = world('bins');
  const bins = effectBins(effect, seen);
  expect(bins.reduce((sum, { units }) => sum + units, 0)).toBe(COUNT);
  expect(bins.filter(({ predicted, found }) => found.low <= predicted && predicted <= found.high).length).toBeGreaterThanOrEqual(
    8,
  );
  const tooBold = effectBins(
    effect.map((one) => 4 * one),
    seen,
  );
  expect(tooBold.filter(({ predicted, found }) => found.low <= predicted && predicted <= found.high).length).toBeLessThan(6);
});

it('doubly robust scores are right on average where expectations are wrong, and where propensities are', () => {
  const random = openRandom('dr');
  const count = 40_000;
  const x = Float64Array.from({ length: count }, () => random.uniform());
  const arm = Uint8Array.from(x, (value) => Number(random.uniform() < 0.2 + 0.6 * value));
  const reward = Float64Array.from(x, (value, i) => 3 * value + 2 * arm[i]! + normal(random));
  const right = Float64Array.from(x, (value, i) => (arm[i] === 1 ? 0.2 + 0.6 * value : 0.8 - 0.6 * value));
  const mean = (values: Float64Array) => values.reduce((sum, one) => sum + one, 0) / count;
  const truth = 3.5;
  expect(Math.abs(mean(doublyRobustScores({ arm, propensity: right, reward }, 1, new Float64Array(count))) - truth)).toBeLessThan(
    0.06,
  );
  const half = right.map(() => 0.5);
  expect(
    Math.abs(
      mean(
        doublyRobustScores(
          { arm, propensity: half, reward },
          1,
          x.map((value) => 3 * value + 2),
        ),
      ) - truth,
    ),
  ).toBeLessThan(0.06);
  // The negative control: with both wrong it is wrong.
  expect(
    Math.abs(mean(doublyRobustScores({ arm, propensity: half, reward }, 1, new Float64Array(count))) - truth),
  ).toBeGreaterThan(0.2);
});
