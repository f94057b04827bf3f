import { beeswarm } from '@tillcast/core/explaining/beeswarm';
import { dependence } from '@tillcast/core/explaining/dependence';
import { explainRows } from '@tillcast/core/explaining/explained-rows';
import { globalImportance } from '@tillcast/core/explaining/global-importance';
import { permutationImportance } from '@tillcast/core/explaining/permutation-importance';
import { probabilityOf } from '@tillcast/core/scoring/log-odds';
import { scoreRows } from '@tillcast/core/scoring/score-row';
import { openRandom } from '@tillcast/core/simulation/random';
import { describe, expect, it } from 'vitest';
import { ensembleOf, uniformRows } from './toy-model.ts';

const width = 4;
/** Feature 0 matters much and alone, 1 less and only where 2 is low, 3 nothing. */
const ensemble = ensembleOf(width, [
  [0, 0.5, -2, 2],
  [2, 0.5, [1, 0.5, -0.8, 0.8], 0],
]);
const rows = uniformRows(width, 800, 'importance', 0.05);
const explained = explainRows(ensemble, rows);

describe('global importance', () => {
  const importance = globalImportance(explained, { random: openRandom(1), replicates: 300 });

  it('orders features by mean |contribution|, with an interval around it', () => {
    expect(importance[0]!.feature).toBe(0);
    expect(importance.at(-1)).toMatchObject({ feature: 3, value: 0, low: 0, high: 0 });
    for (const { value, low, high } of importance) expect(low - 1e-9 <= value && value <= high + 1e-9).toBe(true);
  });

  it('its 95 % interval holds the truth of a large sample about as often as it says', () => {
    const truth = globalImportance(explainRows(ensemble, uniformRows(width, 20_000, 'truth')), {
      random: openRandom(2),
      replicates: 1,
    });
    const wanted = truth.find(({ feature }) => feature === 1)!.value;
    const hits = Array.from({ length: 100 }, (_, seed) => {
      const part = explainRows(ensemble, uniformRows(width, 100, `part-${seed}`));
      const { low, high } = globalImportance(part, { random: openRandom(seed), replicates: 200 }).find(
        ({ feature }) => feature === 1,
      )!;
      return low <= wanted && wanted <= high;
    }).filter(Boolean).length;
    expect(hits).toBeGreaterThanOrEqual(86);
  });

  it('permutation agrees on what matters, and says nothing of what does not', () => {
    const random = openRandom('labels');
    const labels = Array.from(scoreRows(ensemble, rows, 800).logOdds, (z) => Number(random.uniform() < probabilityOf(z)));
    const permuted = permutationImportance(ensemble, rows, labels, { random: openRandom(3) });
    expect(permuted[0]!.feature).toBe(0);
    expect(permuted[0]!.low).toBeGreaterThan(0.1);
    expect(permuted.find(({ feature }) => feature === 3)!.increase).toBe(0);
    // The control: against labels that have nothing to do with the rows, shuffling takes nothing away.
    const noise = permutationImportance(
      ensemble,
      rows,
      labels.map((_, at) => at % 2),
      { random: openRandom(3) },
    );
    expect(noise.find(({ feature }) => feature === 0)!.increase).toBeLessThan(0.1);
  });
});

describe('beeswarm and dependence data', () => {
  it('give each row its point: value, contribution, and place among the known', () => {
    const points = beeswarm(explained, 0);
    expect(points).toHaveLength(800);
    const known = points.filter(({ place }) => place !== null);
    expect(Math.min(...known.map(({ place }) => place!))).toBe(0);
    expect(Math.max(...known.map(({ place }) => place!))).toBe(1);
    for (const { row, value, contribution } of points) {
      expect(contribution).toBe(explained.contributions[row * width]);
      expect(value).toBe(Number.isNaN(rows[row * width]!) ? null : rows[row * width]);
    }
  });

  it('the curve follows the contribution, and the partner is the feature that crosses it', () => {
    const { curve, partner } = dependence(explained, 0);
    expect(curve.at(0)!.mean).toBeCloseTo(-2, 1);
    expect(curve.at(-1)!.mean).toBeCloseTo(2, 1);
    expect(curve.reduce((sum, { rows: count }) => sum + count, 0)).toBe(
      beeswarm(explained, 0).filter(({ value }) => value !== null).length,
    );
    expect(dependence(explained, 3).partner).toBeNull();
    expect(partner).toBeNull();
  });

  it('finds the feature that turns another one’s contribution, though it cancels over all rows', () => {
    const lopsided = ensembleOf(width, [[1, 0.5, [2, 0.5, -1, 1], 0]]);
    expect(dependence(explainRows(lopsided, uniformRows(width, 600, 'partner')), 1).partner).toBe(2);
  });
});
