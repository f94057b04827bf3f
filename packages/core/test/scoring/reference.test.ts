import { parseReference } from '@tillcast/core/scoring/bundle/parse-reference';
import { rateInterval } from '@tillcast/core/scoring/rate-interval';
import { bandOf, bandSentence, percentileOf, type ReferenceSample, referenceProfile } from '@tillcast/core/scoring/reference';
import { openRandom } from '@tillcast/core/simulation/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const sampleOf = (
  logOdds: readonly number[],
  labels: readonly number[] = logOdds.map((z) => Number(z > 2)),
): ReferenceSample => ({
  madeAt: '2026-11-23T00:00:00Z',
  logOdds: Float64Array.from(logOdds),
  labels,
  groups: logOdds.map((_, row) => row),
  rungs: logOdds.map((_, row) => (row % 2 === 0 ? 'behavioural' : 'profile')),
  categories: logOdds.map((_, row) => ['shoes', 'bags', null][row % 3]!),
  featureNames: ['a', 'b'],
  rows: Float32Array.from(logOdds.flatMap((z, row) => [z, row % 4 === 0 ? Number.NaN : row])),
});

const random = openRandom('reference');
const scores = Array.from({ length: 4000 }, () => 4 * random.uniform() - 1);
const profile = referenceProfile(sampleOf(scores));

describe('percentile', () => {
  it('is the share of reference scores at or below, in per cent', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 300 }),
        fc.integer({ min: -6, max: 6 }),
        (values, z) => {
          const share = (100 * values.filter((value) => value <= z).length) / values.length;
          expect(percentileOf(referenceProfile(sampleOf(values)), 'all', z)).toBeCloseTo(share, 9);
        },
      ),
    );
  });

  it('is within 0.1 points when the reference is summarised', () => {
    for (const z of [-2, -0.5, 0.123, 1.9, 2.9, 5]) {
      const share = (100 * scores.filter((value) => value <= z).length) / scores.length;
      expect(Math.abs(percentileOf(profile, 'all', z) - share)).toBeLessThanOrEqual(0.1);
    }
  });

  it('compares within the rung, and with all where the rung is unknown', () => {
    expect(Object.keys(profile.quantiles)).toEqual(['all', 'behavioural', 'profile']);
    expect(percentileOf(profile, 'prior', 1)).toBe(percentileOf(profile, 'all', 1));
    const shifted = referenceProfile({ ...sampleOf(scores), logOdds: Float64Array.from(scores, (z, row) => z + (row % 2) * 10) });
    expect(percentileOf(shifted, 'behavioural', 4)).toBe(100);
    expect(percentileOf(shifted, 'profile', 4)).toBe(0);
  });
});

describe('bands', () => {
  it('cut the scores at 1, 5, 10 and 25 %, highest first, and say how many bought', () => {
    expect(profile.bands.map(({ name, rows }) => [name, rows])).toEqual([
      ['top 1 %', 40],
      ['top 5 %', 200],
      ['top 10 %', 400],
      ['top 25 %', 1000],
      ['rest', 3000],
    ]);
    const top5 = scores.toSorted((a, b) => b - a).slice(0, 200);
    expect(profile.bands[1]!.minLogOdds).toBe(top5.at(-1));
    expect(profile.bands[4]!.rate[0]).toBe(
      scores
        .toSorted((a, b) => b - a)
        .slice(1000)
        .filter((z) => z > 2).length / 3000,
    );
  });

  it('name the first band that a score reaches, whatever the score', () => {
    expect(bandOf(profile, 99)!.name).toBe('top 1 %');
    expect(bandOf(profile, profile.bands[1]!.minLogOdds)!.name).toBe('top 5 %');
    expect(bandOf(profile, -99)!.name).toBe('rest');
  });

  it('never call a crowd of equal scores the top', () => {
    const { bands } = referenceProfile(sampleOf([...Array(60).fill(1), ...Array(40).fill(0)] as number[]));
    expect(bands.map(({ name, rows }) => [name, rows])).toEqual([['rest', 100]]);
    const split = referenceProfile(sampleOf([9, 9, 9, ...Array(97).fill(0)] as number[])).bands;
    expect(split.map(({ name, rows }) => [name, rows])).toEqual([
      ['top 5 %', 3],
      ['rest', 97],
    ]);
  });

  it('are printed as what they are', () => {
    const band = (rate: number) => bandSentence({ name: 'top 5 %', topShare: 0.05, minLogOdds: 0, rate: [rate, 0, 1], rows: 1 });
    expect([band(0.06), band(0.0042), band(0), band(0.00012)]).toEqual([
      'top 5 %: 6 in 100 buy',
      'top 5 %: 4 in 1,000 buy',
      'top 5 %: 0 in 100 buy',
      'top 5 %: 1 in 10,000 buy',
    ]);
  });
});

describe('the profile', () => {
  it('survives JSON and the loader’s checks', () => {
    expect(parseReference(JSON.parse(JSON.stringify(profile)))).toEqual(profile);
  });

  it('describes features with what is missing left out, and said', () => {
    expect(profile.features.b!.missing).toBeCloseTo(0.25, 9);
    expect(profile.features.a!.quantiles[0]).toBe(Math.fround(Math.min(...scores)));
    expect(profile.features.a!.quantiles[8]).toBe(Math.fround(Math.max(...scores)));
    const never = referenceProfile({ ...sampleOf([1, 2]), rows: new Float32Array(4).fill(Number.NaN) });
    expect(never.features.a).toEqual({ quantiles: [], missing: 1 });
  });

  it('counts purchases by category, the unknown one in all alone', () => {
    const { categoryRates } = profile;
    expect(Object.keys(categoryRates).toSorted()).toEqual(['', 'bags', 'shoes']);
    expect(categoryRates['']!.rows).toBe(4000);
    expect(categoryRates['']!.positives / 4000).toBe(profile.baseRate);
  });
});

describe('the interval of a rate', () => {
  it('is Wilson’s where each shopper has one row (reference: 10 of 100)', () => {
    const labels = Array.from({ length: 100 }, (_, row) => Number(row < 10));
    const { rate } = rateInterval(
      labels,
      Int32Array.from(labels, (_, row) => row),
      labels.keys(),
    );
    // 0.05523–0.17437 by Wilson (1927); the ratio estimator's factor (n − 1) / n widens it a little.
    expect(rate[0]).toBe(0.1);
    expect(Math.abs(rate[1] - 0.05523)).toBeLessThan(0.0005);
    expect(Math.abs(rate[2] - 0.17437)).toBeLessThan(0.0008);
  });

  it('is wider where shoppers repeat themselves', () => {
    const labels = Array.from({ length: 400 }, (_, row) => Number(row < 40));
    const alone = rateInterval(
      labels,
      Int32Array.from(labels, (_, row) => row),
      labels.keys(),
    ).rate;
    const repeated = rateInterval(
      labels,
      Int32Array.from(labels, (_, row) => Math.floor(row / 10)),
      labels.keys(),
    ).rate;
    expect(repeated[2] - repeated[1]).toBeGreaterThan(2.5 * (alone[2] - alone[1]));
  });

  it('no buyer at all leaves room for some; no row leaves room for anything', () => {
    const { rate } = rateInterval(
      new Uint8Array(50),
      Int32Array.from({ length: 50 }, (_, row) => row),
      new Uint8Array(50).keys(),
    );
    expect(rate[0]).toBe(0);
    expect(rate[2]).toBeGreaterThan(0.05);
    expect(rateInterval([], new Int32Array(), []).rate).toEqual([0, 0, 1]);
  });
});
