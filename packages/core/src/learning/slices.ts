import { groupsOf } from '../scoring/groups.ts';
import { probabilityOf } from '../scoring/log-odds.ts';
import { rateInterval } from '../scoring/rate-interval.ts';
import { type BootstrapOptions, bootstrapMetrics } from './bootstrap.ts';
import type { EvaluationReport, Slice, SliceKey } from './evaluation-report.ts';
import { at, type LeaderboardData, rowsOf } from './leaderboard-data.ts';

/** Below either, a slice's figures would be noise: it is named and left out. */
const FEWEST_ROWS = 200;
const FEWEST_POSITIVES = 10;
const MOST_CATEGORIES = 12;

type Slices = Pick<EvaluationReport, 'slices' | 'slicesLeftOut'>;

/** The chosen blend by category, by new or returning shopper, and by rung. `logOdds` runs parallel to the rows of `test`. */
export function sliceTest(data: LeaderboardData, logOdds: Float64Array, options: BootstrapOptions): Slices {
  const test = rowsOf(data, 'test');
  const isKnown = knownShoppers(data);
  const keys: readonly (readonly [SliceKey, (row: number) => string])[] = [
    ['category', (row) => data.categories[row] ?? 'unknown'],
    ['shopper', (row) => (isKnown.has(data.groups[row]!) ? 'returning' : 'new')],
    ['rung', (row) => data.rungs[row]!],
  ];
  const slices: Slice[] = [];
  const slicesLeftOut: Slices['slicesLeftOut'][number][] = [];
  for (const [by, keyOf] of keys) {
    const parts = partition(test, keyOf);
    for (const [place, [name, positions]] of parts.entries()) {
      const rows = positions.map((position) => test[position]!);
      const labels = at(data.labels, rows);
      const positives = labels.reduce((sum, label) => sum + label, 0);
      const isTold = rows.length >= FEWEST_ROWS && positives >= FEWEST_POSITIVES && place < MOST_CATEGORIES;
      if (!isTold) slicesLeftOut.push({ by, name, rows: rows.length, positives });
      else slices.push(describe(by, name, data, rows, labels, at(logOdds, positions), options));
    }
  }
  return { slices, slicesLeftOut };
}

/** Shoppers who have rows before the test window. */
function knownShoppers({ groups, splits }: LeaderboardData): ReadonlySet<string> {
  const known = new Set<string>();
  for (let row = 0; row < splits.length; row++) if (splits[row] !== 'test' && splits[row] !== 'embargo') known.add(groups[row]!);
  return known;
}

/** Positions within `test` by name, the largest part first. */
function partition(test: Int32Array, keyOf: (row: number) => string): readonly (readonly [string, Int32Array])[] {
  const parts = new Map<string, number[]>();
  test.forEach((row, position) => {
    const name = keyOf(row);
    const part = parts.get(name) ?? [];
    part.push(position);
    parts.set(name, part);
  });
  return [...parts].sort(([, a], [, b]) => b.length - a.length).map(([name, positions]) => [name, Int32Array.from(positions)]);
}

function describe(
  by: SliceKey,
  name: string,
  data: LeaderboardData,
  rows: Int32Array,
  labels: Float64Array,
  logOdds: Float64Array,
  options: BootstrapOptions,
): Slice {
  const groups = Array.from(rows, (row) => data.groups[row]!);
  const shoppers = groupsOf(groups);
  const { logLoss, rocAuc } = bootstrapMetrics(logOdds, labels, groups, options);
  const { positives, rate } = rateInterval(
    labels,
    shoppers.code,
    rows.map((_, i) => i),
  );
  const predicted = logOdds.reduce((sum, z) => sum + probabilityOf(z), 0) / rows.length;
  return { by, name, rows: rows.length, positives, shoppers: shoppers.count, predicted, observed: rate, logLoss, rocAuc };
}
