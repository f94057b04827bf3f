import { probabilityOf } from '@tillcast/core/scoring/log-odds';
import { openRandom, type Random } from '@tillcast/core/simulation/random';

/** Standard normal by Box & Muller (1958). */
export const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(random.uniform())) * Math.cos(2 * Math.PI * random.uniform());

/** Shoppers with several rows each, whose true log-odds share a part: labels within a shopper go together. */
export interface Shop {
  readonly groups: readonly string[];
  /** True log-odds of each row. */
  readonly truth: Float64Array;
  readonly labels: Uint8Array;
}

export function openShop(seed: number | string, shoppers: number, rowsEach = 4, base = -2.5, spread = 1): Shop {
  const random = openRandom(seed);
  const truth = new Float64Array(shoppers * rowsEach);
  const labels = new Uint8Array(truth.length);
  for (let row = 0; row < truth.length; row++) {
    const isFirst = row % rowsEach === 0;
    truth[row] = isFirst ? base + spread * normal(random) : truth[row - 1]! + 0.2 * normal(random);
    labels[row] = isFirst || random.uniform() < 0.3 ? Number(random.uniform() < probabilityOf(truth[row]!)) : labels[row - 1]!;
  }
  return { groups: Array.from(truth, (_, row) => `shopper ${Math.floor(row / rowsEach)}`), truth, labels };
}

/** What a model of some quality says: the truth, bent and blurred. */
export const seenBy = (shop: Shop, seed: number | string, slope: number, noise: number): Float64Array => {
  const random = openRandom(seed);
  return shop.truth.map((z) => slope * z + noise * normal(random));
};
