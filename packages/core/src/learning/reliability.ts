import { probabilityOf } from '../scoring/log-odds.ts';
import { orderDescending } from '../scoring/order-descending.ts';
import { rateInterval } from '../scoring/rate-interval.ts';
import { CALIBRATION_BINS } from './rank-metrics.ts';

/** One point of the reliability diagram. */
export interface ReliabilityBin {
  readonly rows: number;
  readonly positives: number;
  readonly predicted: number;
  /** [value, low, high]: 95 %, by shopper. */
  readonly observed: readonly [number, number, number];
}

/** Predicted against observed purchase rates in equal-mass bins, the lowest scores first; the same bins as the calibration error's. */
export function reliability(logOdds: ArrayLike<number>, labels: ArrayLike<number>, group: Int32Array): readonly ReliabilityBin[] {
  return equalMassBins(logOdds).map((rows) => {
    const { positives, rate } = rateInterval(labels, group, rows);
    const predicted = rows.reduce((sum, row) => sum + probabilityOf(logOdds[row]!), 0) / rows.length;
    return { rows: rows.length, positives, predicted, observed: rate };
  });
}

function equalMassBins(logOdds: ArrayLike<number>): readonly (readonly number[])[] {
  const order = orderDescending(logOdds);
  const bins = Array.from({ length: CALIBRATION_BINS }, (): number[] => []);
  for (let from = 0; from < order.length; ) {
    let end = from + 1;
    while (end < order.length && logOdds[order[end]!] === logOdds[order[from]!]) end++;
    const bin = Math.min(CALIBRATION_BINS - 1, Math.floor((CALIBRATION_BINS * (from + end)) / 2 / order.length));
    for (let rank = from; rank < end; rank++) bins[bin]!.push(order[rank]!);
    from = end;
  }
  return bins.filter((rows) => rows.length > 0).toReversed();
}
