import { wilson, Z } from '../../scoring/rate-interval.ts';
import type { WithInterval } from './compare.ts';
import { type Estimate, squaredError } from './estimate.ts';

/**
 * One arm's value by itself, with its 95 % interval at one look: Wilson's for a proportion, at as many units as its variance is worth where they come in clusters;
 * 1.96 standard errors to either side for the rest. Null where there are too few units, or all are equal, so that nothing tells how far chance reaches.
 */
export function armInterval(estimate: Estimate, isProportion: boolean): WithInterval | null {
  const { n, mean } = estimate;
  if (n < 2) return null;
  const squared = squaredError(estimate);
  if (isProportion) return [mean, ...wilson(mean, squared > 0 ? Math.min(n, (mean * (1 - mean)) / squared) : n)];
  if (!(squared > 0)) return null;
  const half = Z * Math.sqrt(squared);
  return [mean, mean - half, mean + half];
}
