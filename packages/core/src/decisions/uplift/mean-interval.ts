import { upperQuantile } from '../../experiments/statistics/special/normal.ts';
import type { Interval } from '../../learning/metric.ts';

const Z = upperQuantile(0.025);

/** The mean of independent units with its normal 95 % interval; `value(i)` gives unit i's. One unit or none: no interval (NaN). */
export function meanInterval(count: number, value: (i: number) => number): Interval {
  let [mean, squares] = [0, 0];
  // Welford 1962: one pass, and no large squares are subtracted from each other.
  for (let i = 0; i < count; i++) {
    const step = value(i) - mean;
    mean += step / (i + 1);
    squares += step * (value(i) - mean);
  }
  const half = count < 2 ? Number.NaN : Z * Math.sqrt(squares / (count - 1) / count);
  return { value: count === 0 ? Number.NaN : mean, low: mean - half, high: mean + half };
}
