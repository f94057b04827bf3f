import { TillcastError } from '../errors/tillcast-error.ts';
import type { MemberName } from '../scoring/ensemble.ts';

/** The training table as `leaderboard` reads it; every list has one entry a row, in file order. */
export interface LeaderboardData {
  readonly featureCount: number;
  /** Features, row after row. */
  readonly rows: Float32Array;
  readonly labels: ArrayLike<number>;
  readonly groups: readonly string[];
  readonly splits: readonly string[];
  readonly folds: ArrayLike<number>;
  readonly categories: readonly (string | null)[];
  readonly rungs: readonly string[];
}

/** One member's raw scores, one a row; NaN where a row was not scored. */
export interface MemberScores {
  readonly name: MemberName;
  readonly raw: Float64Array;
  /** Of the rows of `train`, by models that did not see the row's shopper; needed where the table has no `blend` window. */
  readonly oof?: Float64Array;
}

/** The rows of one split. */
export function rowsOf({ splits }: LeaderboardData, split: string): Int32Array {
  const rows: number[] = [];
  for (let row = 0; row < splits.length; row++) if (splits[row] === split) rows.push(row);
  return Int32Array.from(rows);
}

/** Refuses tables whose lists do not match, or that lack what a leaderboard stands on. */
export function checkData(data: LeaderboardData, members: readonly MemberScores[]): void {
  const count = data.labels.length;
  const lists = { groups: data.groups, splits: data.splits, folds: data.folds, categories: data.categories, rungs: data.rungs };
  for (const [name, list] of Object.entries(lists)) {
    if (list.length !== count)
      throw new TillcastError(
        'INPUT_INVALID',
        `${name} has ${list.length} entries for ${count} labels; the table is inconsistent`,
      );
  }
  if (data.rows.length !== count * data.featureCount) {
    throw new TillcastError(
      'INPUT_INVALID',
      `rows holds ${data.rows.length} values, not ${count} × ${data.featureCount}; the table is inconsistent`,
    );
  }
  if (members.length === 0) throw new TillcastError('INPUT_INVALID', 'a leaderboard needs at least one member; none was given');
  for (const split of ['train', 'test']) assertTwoClasses(data, split);
}

function assertTwoClasses(data: LeaderboardData, split: string): void {
  const rows = rowsOf(data, split);
  const positives = rows.reduce((sum, row) => sum + data.labels[row]!, 0);
  if (positives > 0 && positives < rows.length) return;
  throw new TillcastError(
    'ONE_CLASS',
    `the ${split} window has ${rows.length} rows, ${positives} of them bought; it needs both buyers and non-buyers`,
  );
}

/** The entries of a list at some rows. */
export const at = (values: ArrayLike<number>, rows: Int32Array): Float64Array => Float64Array.from(rows, (row) => values[row]!);
