/** How many rows, how many of them bought, and what share that is. */
export interface RateInterval {
  readonly rows: number;
  readonly positives: number;
  /** [value, low, high]: 95 %, by shopper. */
  readonly rate: readonly [number, number, number];
}

/** Standard normal errors to either side of a 95 % interval. */
export const Z = 1.959963984540054;

/**
 * The purchase rate of the chosen rows with its 95 % interval: Wilson's (1927) at the effective number of rows, which is that of the
 * ratio estimator's variance over shoppers (Cochran 1977, eq. 6.13; Korn & Graubard 1998). No buyer or only buyers: a row a shopper.
 */
export function rateInterval(labels: ArrayLike<number>, group: Int32Array, rows: Iterable<number>): RateInterval {
  const byShopper = new Map<number, { rows: number; positives: number }>();
  let total = 0;
  let positives = 0;
  for (const row of rows) {
    const shopper = byShopper.get(group[row]!) ?? { rows: 0, positives: 0 };
    shopper.rows++;
    shopper.positives += labels[row]!;
    byShopper.set(group[row]!, shopper);
    total++;
    positives += labels[row]!;
  }
  if (total === 0) return { rows: 0, positives: 0, rate: [0, 0, 1] };
  const rate = positives / total;
  return { rows: total, positives, rate: [rate, ...wilson(rate, Math.min(total, effectiveRows(byShopper, rate, total)))] };
}

function effectiveRows(byShopper: ReadonlyMap<number, { rows: number; positives: number }>, rate: number, total: number): number {
  const shoppers = byShopper.size;
  if (rate === 0 || rate === 1 || shoppers < 2) return shoppers;
  let squares = 0;
  for (const shopper of byShopper.values()) squares += (shopper.positives - rate * shopper.rows) ** 2;
  return (rate * (1 - rate) * total * total * (shoppers - 1)) / (shoppers * squares);
}

/** Wilson's 95 % interval (1927, “Probable inference, the law of succession, and statistical inference”) of a share seen in `rows` independent rows, at least one. */
export function wilson(rate: number, rows: number): [number, number] {
  const centre = (rate + (Z * Z) / (2 * rows)) / (1 + (Z * Z) / rows);
  const half = (Z / (1 + (Z * Z) / rows)) * Math.sqrt((rate * (1 - rate)) / rows + (Z * Z) / (4 * rows * rows));
  return [Math.max(0, Math.min(rate, centre - half)), Math.min(1, Math.max(rate, centre + half))];
}
