import { leftOut } from './moments.ts';
import { sortedQuantile } from './quantile-estimate.ts';

/** Where values are capped. */
export interface Cap {
  readonly value: number;
  /** Units whose value was above it. */
  readonly capped: number;
}

/**
 * The cap at a percentile of all arms' values together (a cap of each arm's own would be an effect of the treatment). `level` in (0, 1);
 * `isPositiveOnly`: zeros do not count for the percentile, as most shoppers buy nothing.
 */
export function pooledCap(values: Float64Array, group: Uint8Array, level: number, isPositiveOnly: boolean): Cap {
  const pooled = values.filter((value, row) => group[row] !== leftOut && (!isPositiveOnly || value > 0)).sort();
  if (pooled.length === 0) return { value: Number.POSITIVE_INFINITY, capped: 0 };
  const value = sortedQuantile(pooled, level);
  return { value, capped: pooled.reduce((count, one) => count + Number(one > value), 0) };
}

/** The values, none above the cap. */
export const winsorise = (values: Float64Array, { value }: Cap): Float64Array => values.map((one) => Math.min(one, value));
