import { TillcastError } from '../errors/tillcast-error.ts';
import type { MemberRaw } from './blend.ts';
import { at, type LeaderboardData, type MemberScores, rowsOf } from './leaderboard-data.ts';

/** Where blend and calibration learn: rows that no member was fitted on, and what the members say of them. */
export interface FittingRows {
  readonly on: 'blend_window' | 'out_of_fold';
  readonly rows: Int32Array;
  readonly raw: MemberRaw;
  readonly labels: Float64Array;
  readonly groups: readonly string[];
}

/** The `blend` window, or, where the table has none, the rows of `train` with out-of-fold scores of every member. */
export function fittingRows(data: LeaderboardData, members: readonly MemberScores[]): FittingRows {
  const window = rowsOf(data, 'blend');
  if (window.length > 0) return gather(data, 'blend_window', window, members, (member) => member.raw);
  for (const { name, oof } of members) {
    if (oof === undefined)
      throw new TillcastError(
        'INPUT_INVALID',
        `the table has no blend window, and ${name} has no out-of-fold scores; one of them is needed`,
      );
  }
  const known = rowsOf(data, 'train').filter((row) => members.every(({ oof }) => Number.isFinite(oof![row])));
  return gather(data, 'out_of_fold', known, members, (member) => member.oof!);
}

/** The members' raw scores at some rows. */
export const rawAt = (members: readonly MemberScores[], rows: Int32Array, of = (member: MemberScores) => member.raw): MemberRaw =>
  Object.fromEntries(members.map((member) => [member.name, at(of(member), rows)]));

function gather(
  data: LeaderboardData,
  on: FittingRows['on'],
  rows: Int32Array,
  members: readonly MemberScores[],
  of: (member: MemberScores) => Float64Array,
): FittingRows {
  return {
    on,
    rows,
    raw: rawAt(members, rows, of),
    labels: at(data.labels, rows),
    groups: Array.from(rows, (row) => data.groups[row]!),
  };
}
