import { exponential, gamma, normal, normalCdf, pick } from '@tillcast/core/simulation/distributions';
import { mix32, openRandom } from '@tillcast/core/simulation/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const draws = 100_000;
const sample = (draw: () => number) => Float64Array.from({ length: draws }, draw);
const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
const variance = (values: Float64Array) => mean(values.map((value) => value ** 2)) - mean(values) ** 2;

describe('random', () => {
  it('gives the same numbers for the same seed, and others for another', () => {
    const first = (seed: string) => Array.from({ length: 5 }, openRandom(seed).uniform);
    fc.assert(fc.property(fc.string(), (seed) => void expect(first(seed)).toEqual(first(seed))));
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string(), { minLength: 2, maxLength: 2 }),
        ([a, b]) => void expect(first(a!)).not.toEqual(first(b!)),
      ),
    );
  });

  it('forks by name, whatever was drawn before', () => {
    const used = openRandom(7);
    used.uniform();
    expect(used.fork('a').uniform()).toBe(openRandom(7).fork('a').uniform());
    expect(openRandom(7).fork('a').uniform()).not.toBe(openRandom(7).fork('b').uniform());
  });

  it.each(['1', '2', 'shop/3'])(
    'is uniform in 100 bins (seed %s), and the first draws of neighbouring forks are, too',
    (seed) => {
      const random = openRandom(seed);
      expect(chiSquared(sample(random.uniform))).toBeLessThan(161); // 99 degrees of freedom, p = 1e-4
      let fork = 0;
      expect(chiSquared(sample(() => random.fork(`shopper/${fork++}`).uniform()))).toBeLessThan(161);
      // A uniform that leans by a tenth of its square must be caught.
      expect(chiSquared(sample(() => random.uniform() ** 1.1))).toBeGreaterThan(161);
    },
  );

  it('mixes 32 bits one to one', () => {
    expect(new Set(Array.from({ length: 200_000 }, (_, number) => mix32(number * 20_011))).size).toBe(200_000);
  });
});

describe('distributions', () => {
  const random = openRandom('distributions');
  it.each([
    ['normal', () => normal(random), 0, 1],
    ['exponential', () => exponential(random), 1, 1],
    ['gamma 0.5', () => gamma(random, 0.5), 0.5, 0.5],
    ['gamma 3', () => gamma(random, 3), 3, 3],
  ])('%s has its mean and variance', (_, draw, expectedMean, expectedVariance) => {
    const values = sample(draw);
    expect(Math.abs(mean(values) - expectedMean)).toBeLessThan(5 * Math.sqrt(expectedVariance / draws));
    expect(Math.abs(variance(values) / expectedVariance - 1)).toBeLessThan(0.06);
  });

  it('picks in proportion to weights, within a range only', () => {
    const sums = Float64Array.from([1, 3, 3, 6, 10]);
    const counts = [0, 0, 0, 0, 0];
    for (let at = 0; at < draws; at += 1) counts[pick(random, sums, 1, 4)]! += 1;
    expect(counts[0]! + counts[2]! + counts[4]!).toBe(0);
    expect(Math.abs(counts[3]! / draws - 0.6)).toBeLessThan(0.01);
  });

  it('knows the normal distribution', () => {
    expect(normalCdf(0)).toBeCloseTo(0.5, 6);
    expect(normalCdf(1.959963985)).toBeCloseTo(0.975, 6);
    expect(normalCdf(-2.575829304)).toBeCloseTo(0.005, 6);
  });
});

/** Chi-squared of 100 equal bins over (0, 1). */
function chiSquared(values: Float64Array): number {
  const bins = new Float64Array(100);
  for (const value of values) bins[Math.floor(value * 100)]! += 1;
  const expected = values.length / 100;
  return bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}
