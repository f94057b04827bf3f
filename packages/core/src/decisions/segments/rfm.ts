/** Scores 1–5, 5 the best fifth; of shoppers who ordered. */
export interface Rfm {
  readonly r: Uint8Array;
  readonly f: Uint8Array;
  readonly m: Uint8Array;
}

/** Names of the grid of recency and frequency, every cell in exactly one. */
export const rfmNames = [
  'champions',
  'loyal',
  'promising',
  'recent',
  'needs_attention',
  'cannot_lose',
  'slipping',
  'hibernating',
] as const;
export type RfmName = (typeof rfmNames)[number];

/**
 * Fifths by rank: 1 + ⌊5 · (how many have less) / n⌋. Equal values are never torn apart, so a fifth may be empty.
 * @param values higher = better.
 */
export function fifths(values: Float64Array): Uint8Array {
  const sorted = values.toSorted();
  const less = new Map<number, number>();
  for (let at = sorted.length - 1; at >= 0; at--) less.set(sorted[at]!, at);
  return Uint8Array.from(values, (value) => 1 + Math.floor((5 * less.get(value)!) / values.length));
}

/** Recency (the last order's moment), frequency (orders) and monetary value (cents) as fifths of all given. */
export const rfmOf = (lastOrderMs: Float64Array, orders: Float64Array, spentCents: Float64Array): Rfm => ({
  r: fifths(lastOrderMs),
  f: fifths(orders),
  m: fifths(spentCents),
});

/** The name of a cell of the grid. */
export function rfmName(r: number, f: number): RfmName {
  if (r >= 4) return f >= 4 ? 'champions' : f >= 2 ? 'promising' : 'recent';
  if (r === 3) return f >= 4 ? 'loyal' : 'needs_attention';
  if (f >= 4) return r === 2 ? 'slipping' : 'cannot_lose';
  return f === 3 && r === 2 ? 'slipping' : 'hibernating';
}
