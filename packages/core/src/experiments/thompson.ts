import type { Random } from '../simulation/random.ts';

/** Mature units of a variant, and how many of them bought. Who may still buy within the maturity window counts in neither. */
export interface VariantTally {
  readonly units: number;
  readonly buyers: number;
}

const draws = 4_000;

/** A draw of the standard normal distribution (Box and Muller, 1958). */
const normal = (random: Random): number => Math.sqrt(-2 * Math.log(random.uniform())) * Math.cos(2 * Math.PI * random.uniform());

/**
 * Weights by each variant's chance of converting best (Thompson, 1933): a Beta(1, 1) prior, its posterior drawn as a normal of the same mean and variance.
 * No variant gets less than `minShare`; all parallel to `tallies`, adding up to 1.
 */
export function thompsonWeights(tallies: readonly VariantTally[], minShare: number, random: Random): number[] {
  const posteriors = tallies.map(({ units, buyers }) => {
    const [a, b] = [buyers + 1, units - buyers + 1];
    return { mean: a / (a + b), deviation: Math.sqrt((a * b) / ((a + b) ** 2 * (a + b + 1))) };
  });
  const wins = tallies.map(() => 0);
  for (let draw = 0; draw < draws; draw++) {
    let [best, most] = [0, Number.NEGATIVE_INFINITY];
    for (const [variant, { mean, deviation }] of posteriors.entries()) {
      const rate = mean + deviation * normal(random);
      if (rate > most) [best, most] = [variant, rate];
    }
    wins[best]!++;
  }
  const free = 1 - minShare * tallies.length;
  const weights = wins.map((won) => Number((minShare + (free * won) / draws).toFixed(6)));
  // What rounding leaves goes to the largest, so that they add up.
  const largest = weights.indexOf(Math.max(...weights));
  weights[largest] = Number((1 - weights.reduce((sum, weight, at) => (at === largest ? sum : sum + weight), 0)).toFixed(6));
  return weights;
}
