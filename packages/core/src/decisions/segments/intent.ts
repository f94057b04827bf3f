/** One of twenty groups of shoppers by their chance to buy, the likeliest first. */
export interface IntentBucket {
  /** 1 = the likeliest twentieth. */
  readonly bucket: number;
  readonly shoppers: number;
  readonly lowest: number;
  readonly highest: number;
  /** Σ of the chances, and the rest: how many of them will buy, and how many will not, if the chances hold. */
  readonly expectedBuyers: number;
  readonly expectedNonBuyers: number;
}

export const intentBuckets = 20;

/** The bucket of each chance: 1 + ⌊20 · (how many have more) / n⌋. Equal chances are never torn apart, so a bucket may be empty. */
export function bucketsOf(chances: Float64Array): Uint8Array {
  const sorted = chances.toSorted();
  const more = new Map<number, number>();
  for (const [at, chance] of sorted.entries()) more.set(chance, chances.length - 1 - at);
  return Uint8Array.from(chances, (chance) => 1 + Math.floor((intentBuckets * more.get(chance)!) / chances.length));
}

/** What each of the twenty buckets holds; an empty one has neither lowest nor highest (NaN). */
export function intentOf(chances: Float64Array, buckets: Uint8Array): readonly IntentBucket[] {
  const made = Array.from({ length: intentBuckets }, (_, index) => ({
    ...{ bucket: index + 1, shoppers: 0, lowest: Number.NaN, highest: Number.NaN },
    expectedBuyers: 0,
  }));
  for (const [index, chance] of chances.entries()) {
    const bucket = made[buckets[index]! - 1]!;
    bucket.shoppers++;
    bucket.expectedBuyers += chance;
    if (!(bucket.lowest <= chance)) bucket.lowest = chance;
    if (!(bucket.highest >= chance)) bucket.highest = chance;
  }
  return made.map((bucket) => ({ ...bucket, expectedNonBuyers: bucket.shoppers - bucket.expectedBuyers }));
}
