import { fitLogistic, fitRidge } from '@tillcast/core/learning/logistic';
import { fitCategoryPrior } from '@tillcast/core/learning/prior-by-category';
import { solvePositive } from '@tillcast/core/learning/solve';
import { logOddsOf, probabilityOf } from '@tillcast/core/scoring/log-odds';
import { openRandom } from '@tillcast/core/simulation/random';
import { describe, expect, it } from 'vitest';
import { normal } from './shop.ts';

const table = (count: number, missing: number) => {
  const random = openRandom(`table ${count}`);
  const rows = new Float32Array(count * 4);
  const labels = new Uint8Array(count);
  for (let row = 0; row < count; row++) {
    const [a, b] = [normal(random), 10 + 5 * normal(random)];
    const isMissing = random.uniform() < missing;
    // The third column never varies; the second is missing more often among buyers.
    rows.set([a, isMissing ? Number.NaN : b, 7, normal(random)], 4 * row);
    labels[row] = Number(random.uniform() < probabilityOf(-2 + a + 0.2 * (isMissing ? 0 : b - 10) + (isMissing ? 1 : 0)));
  }
  return { rows, featureCount: 4, labels };
};
const all = (count: number) => Int32Array.from({ length: count }, (_, row) => row);

describe('ridge logistic regression', () => {
  it('finds the effects, the missing ones included, and ignores a constant column', () => {
    const data = table(20_000, 0.3);
    const { coefficients } = fitRidge(data, all(20_000), 1);
    // Constant 1, a, b, noise, "b is missing"; b has a deviation of 5.
    expect(coefficients.length).toBe(5);
    const expected = [-2, 1, 1, 0, 1];
    for (const [i, value] of expected.entries()) expect(Math.abs(coefficients[i]! - value), `coefficient ${i}`).toBeLessThan(0.1);
  });

  it('stands where the gradient is zero', () => {
    const data = table(500, 0.2);
    const use = all(500);
    const model = fitRidge(data, use, 10);
    // The intercept is free: predicted and observed purchases agree.
    const predicted = use.reduce((sum, row) => sum + probabilityOf(model.logOdds(data.rows, row)), 0);
    expect(predicted).toBeCloseTo(
      data.labels.reduce((sum, y) => sum + y, 0),
      3,
    );
  });

  it('chooses a strong ridge for noise, a weak one for signal', () => {
    const data = table(2000, 0.2);
    const folds = all(2000).map((row) => row % 5);
    const random = openRandom('noise');
    const noise = { ...data, labels: data.labels.map(() => Number(random.uniform() < 0.1)) };
    expect(fitLogistic(noise, all(2000), folds).ridge).toBeGreaterThan(fitLogistic(data, all(2000), folds).ridge);
  });

  it('reads nothing but the rows it may use', () => {
    const data = table(1000, 0.2);
    const train = all(500);
    const model = fitRidge(data, train, 1);
    const changed = {
      ...data,
      rows: Float32Array.from(data.rows, (value, i) => (i >= 2000 ? 99 : value)),
      labels: data.labels.map((y, i) => (i >= 500 ? 1 - y : y)),
    };
    expect(fitRidge(changed, train, 1).coefficients).toEqual(model.coefficients);
  });
});

describe('prior by category', () => {
  it('small categories lean on the rate of all, unknown ones answer it', () => {
    const categories = [...Array(1000).fill('large'), ...Array(1000).fill('other'), 'small'] as string[];
    const labels = categories.map((category, row) => Number(category === 'small' || (category === 'large' && row % 5 === 0)));
    const prior = fitCategoryPrior(categories, labels, all(categories.length));
    const overall = logOddsOf(201.5 / 2002);
    expect(probabilityOf(prior('large'))).toBeCloseTo(0.195, 2);
    expect(prior('small')).toBeLessThan(logOddsOf(0.2));
    expect(prior('small')).toBeGreaterThan(overall);
    expect(prior('never seen')).toBe(overall);
  });
});

describe('solving', () => {
  it('solves a positive definite system, and gives zero where the data know nothing', () => {
    const x = solvePositive(Float64Array.of(4, 0, 2, 3), Float64Array.of(8, 7));
    expect(x[0]).toBeCloseTo(1.25, 12);
    expect(x[1]).toBeCloseTo(1.5, 12);
    expect(Array.from(solvePositive(Float64Array.of(1, 0, 1, 1), Float64Array.of(3, 3)))).toEqual([3, 0]);
  });
});
