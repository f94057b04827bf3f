import { clusterFeatures, leadOf } from '@tillcast/core/explaining/cluster-features';
import { groupContributions, groupFeatures } from '@tillcast/core/explaining/feature-groups';
import { dictionaryOf } from '@tillcast/core/explaining/feature-words';
import { midRanks, rankCorrelations } from '@tillcast/core/explaining/rank-correlation';
import { featureCatalog } from '@tillcast/core/features/catalog';
import { openRandom } from '@tillcast/core/simulation/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const dictionary = dictionaryOf(featureCatalog);
const names = ['session_events', 'session_views', 'price', 'made_by_the_shop'];

/** Events and views go together; the price and the shop's own feature go alone. */
function shopRows(count: number): Float32Array {
  const random = openRandom('groups');
  return Float32Array.from({ length: count }).reduce<Float32Array>(
    (rows, _, i) => {
      const events = Math.floor(20 * random.uniform());
      rows.set([events, events - Math.floor(2 * random.uniform()), 100 * random.uniform(), random.uniform()], i * 4);
      return rows;
    },
    new Float32Array(count * 4),
  );
}

describe('rank correlation', () => {
  it('does not change under any growing change of a column, and turns its sign under a falling one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 })), { minLength: 3 }),
        (pairs) => {
          const plain = rankCorrelations(pairs.flat(), 2)[1]!;
          const bent = rankCorrelations(
            pairs.flatMap(([x, y]) => [x ** 3 + x, y]),
            2,
          )[1]!;
          const turned = rankCorrelations(
            pairs.flatMap(([x, y]) => [-x, y]),
            2,
          )[1]!;
          expect(bent).toBeCloseTo(plain, 12);
          expect(turned).toBeCloseTo(-plain, 12);
        },
      ),
    );
  });

  it('shares the mean of tied places, missing ones lowest', () => {
    expect([...midRanks([5, Number.NaN, 1, 5, Number.NaN])]).toEqual([3.5, 0.5, 2, 3.5, 0.5]);
  });
});

describe('groups of features', () => {
  it('hold what moves together, named by the dictionary', () => {
    const { basis, groups } = groupFeatures(names, dictionary, shopRows(400));
    expect(basis).toBe('correlation');
    expect(groups).toEqual([
      { name: 'this visit: everything the shopper did in this session, and 1 that moves with it', features: [0, 1] },
      { name: 'price of the item', features: [2] },
      { name: 'made_by_the_shop', features: [3] },
    ]);
  });

  it('are families while rows are too few to tell', () => {
    const { basis, groups } = groupFeatures(names, dictionary, shopRows(199));
    expect(basis).toBe('family');
    expect(groups.map(({ features }) => features)).toEqual([[0, 1], [2], [3]]);
    expect(groups[0]!.name).toBe('this visit');
  });

  it('each feature is in one group, whatever the correlations, so that sums stay', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.string(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (width, seed, least) => {
          const random = openRandom(seed);
          const correlations = new Float64Array(width * width);
          for (let a = 0; a < width; a++)
            for (let b = 0; b <= a; b++)
              correlations[a * width + b] = correlations[b * width + a] = a === b ? 1 : 2 * random.uniform() - 1;
          const groups = clusterFeatures(correlations, width, least);
          expect(groups.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: width }, (_, j) => j));
          const contributions = Float64Array.from({ length: width }, () => random.uniform() - 0.5);
          const sums = groupContributions(
            groups.map((features) => ({ name: '', features })),
            contributions,
          );
          const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);
          expect(total(sums)).toBeCloseTo(total(contributions), 12);
          for (const group of groups) expect(group).toContain(leadOf(group, correlations, width));
        },
      ),
    );
  });
});
