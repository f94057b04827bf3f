import { blendScores } from '../scoring/blend-log-odds.ts';
import type { Blend, MemberName } from '../scoring/ensemble.ts';
import { fitBaselines } from './baselines.ts';
import { fitBlend, softBlend } from './blend.ts';
import { type FittingRows, rawAt } from './fitting-rows.ts';
import { type LeaderboardData, type MemberScores, rowsOf } from './leaderboard-data.ts';

/** One line of the leaderboard to be: its served log-odds on some rows. */
export type Contestant =
  | { readonly kind: 'member'; readonly name: MemberName; readonly blend: Blend; scores(rows: Int32Array): Float64Array }
  | { readonly kind: 'blend'; readonly name: Blend['kind']; readonly blend: Blend; scores(rows: Int32Array): Float64Array }
  | { readonly kind: 'baseline'; readonly name: string; readonly isConstant: boolean; scores(rows: Int32Array): Float64Array };

/** What the blends are made of. */
export interface Blended {
  readonly names: readonly MemberName[];
  /** The `log_odds` blend where it is known already; else it is learnt from the labels. */
  readonly logOdds?: Blend;
}

/**
 * Everyone on the board: each member calibrated alone, the blends of those that are blended, the baselines; all fitted before the test window is
 * looked at.
 */
export function fitContestants(
  data: LeaderboardData,
  members: readonly MemberScores[],
  fit: FittingRows,
  { names, logOdds }: Blended,
): readonly Contestant[] {
  const raw = Object.fromEntries(names.map((name) => [name, fit.raw[name]!]));
  const blends = { log_odds: logOdds ?? fitBlend(raw, fit.labels, fit.groups), soft: softBlend(raw, fit.labels, fit.groups) };
  const baselines = fitBaselines(data, fit.on === 'blend_window' ? rowsOf(data, 'blend') : undefined);
  const scoresOf = (blend: Blend) => (rows: Int32Array) => blendScores(blend, rawAt(members, rows), rows.length);
  return [
    ...members.map(({ name }) => {
      const blend = fitBlend({ [name]: fit.raw[name]! }, fit.labels, fit.groups);
      return { kind: 'member', name, blend, scores: scoresOf(blend) } as const;
    }),
    ...(['log_odds', 'soft'] as const).map(
      (name) => ({ kind: 'blend', name, blend: blends[name], scores: scoresOf(blends[name]) }) as const,
    ),
    ...baselines.map(
      ({ name, isConstant, logOdds }) =>
        ({ kind: 'baseline', name, isConstant, scores: (rows: Int32Array) => Float64Array.from(rows, logOdds) }) as const,
    ),
  ];
}
