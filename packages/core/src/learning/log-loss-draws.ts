import type { Groups } from '../scoring/groups.ts';
import { softplus } from '../scoring/log-odds.ts';
import { type BootstrapOptions, drawShoppers, percentileInterval } from './bootstrap.ts';
import type { Interval } from './metric.ts';

/** Log loss of several models on the same redraws of the same shoppers. */
export interface LogLossDraws {
  logLoss(model: number): Interval;
  /** Log loss of `a` minus that of `b`, paired. */
  difference(a: number, b: number): Interval;
}

/** The cluster bootstrap of `bootstrap.ts` for log loss alone, which needs no ranking and so costs a fraction. */
export function drawLogLosses(
  models: readonly Float64Array[],
  labels: ArrayLike<number>,
  groups: Groups,
  { random, replicates = 1_000 }: BootstrapOptions,
): LogLossDraws {
  const rowsOf = new Float64Array(groups.count);
  for (const shopper of groups.code) rowsOf[shopper]!++;
  const sums = models.map((logOdds) => lossByShopper(logOdds, labels, groups));
  const once = new Uint8Array(groups.count).fill(1);
  const points = sums.map((sum) => meanOn(sum, rowsOf, once));
  const draws = models.map(() => new Float64Array(replicates));
  for (let replicate = 0; replicate < replicates; replicate++) {
    const counts = drawShoppers(groups.count, random);
    for (const [model, sum] of sums.entries()) draws[model]![replicate] = meanOn(sum, rowsOf, counts);
  }
  return {
    logLoss: (model) => percentileInterval(points[model]!, draws[model]!),
    difference: (a, b) =>
      percentileInterval(
        points[a]! - points[b]!,
        draws[a]!.map((value, replicate) => value - draws[b]![replicate]!),
      ),
  };
}

function lossByShopper(logOdds: Float64Array, labels: ArrayLike<number>, { code, count }: Groups): Float64Array {
  const sums = new Float64Array(count);
  for (let row = 0; row < logOdds.length; row++) {
    const z = logOdds[row]!;
    sums[code[row]!]! += labels[row] === 1 ? softplus(-z) : softplus(z);
  }
  return sums;
}

function meanOn(sums: Float64Array, rows: Float64Array, counts: Uint8Array): number {
  let [loss, total] = [0, 0];
  for (let shopper = 0; shopper < counts.length; shopper++) {
    loss += counts[shopper]! * sums[shopper]!;
    total += counts[shopper]! * rows[shopper]!;
  }
  return loss / total;
}
