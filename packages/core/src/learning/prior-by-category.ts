import { logOddsOf } from '../scoring/log-odds.ts';
import { PURCHASES_OF_PRIOR, smoothedRate } from '../scoring/smoothed-rate.ts';

/** The log-odds of buying in a category, with small categories drawn to the rate of all. */
export type CategoryPrior = (category: string | null) => number;

/** The baseline "prior by category": the purchase rate of the row's category in the given rows, smoothed; unknown categories get the rate of all. */
export function fitCategoryPrior(
  categories: ArrayLike<string | null>,
  labels: ArrayLike<number>,
  rows: Int32Array,
): CategoryPrior {
  const counts = new Map<string | null, { rows: number; positives: number }>();
  let positives = 0;
  for (const row of rows) {
    const category = categories[row]!;
    const count = counts.get(category) ?? { rows: 0, positives: 0 };
    count.rows++;
    count.positives += labels[row]!;
    counts.set(category, count);
    positives += labels[row]!;
  }
  const rate = (positives + 0.5) / (rows.length + 1);
  const known = new Map(
    [...counts].map(([category, count]) => [category, logOddsOf(smoothedRate(count, rate, PURCHASES_OF_PRIOR))]),
  );
  return (category) => known.get(category) ?? logOddsOf(rate);
}
