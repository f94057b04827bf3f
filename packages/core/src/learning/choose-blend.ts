import type { Blend } from '../scoring/ensemble.ts';
import { type BootstrapOptions, isBetter, pairedDifference } from './bootstrap.ts';
import type { Contestant } from './contestants.ts';
import { at, type LeaderboardData, rowsOf } from './leaderboard-data.ts';
import { logLoss } from './metrics.ts';

/** The served blend, and each blend's log loss on the window that picks. */
export interface Choice {
  readonly chosen: Blend['kind'];
  readonly validateLogLoss: Readonly<Record<string, number>>;
}

/**
 * Picks between blends on the `validate` window. `log_odds` stands unless `soft` is better beyond noise (paired bootstrap), because the
 * contributions of boosted members are exact in log-odds and carried in `soft`.
 */
export function chooseBlend(data: LeaderboardData, contestants: readonly Contestant[], options: BootstrapOptions): Choice {
  const rows = rowsOf(data, 'validate');
  const labels = at(data.labels, rows);
  const groups = Array.from(rows, (row) => data.groups[row]!);
  const scores = Object.fromEntries(
    contestants.filter(({ kind }) => kind === 'blend').map(({ name, scores }) => [name, scores(rows)]),
  );
  const validateLogLoss = Object.fromEntries(
    Object.entries(scores).map(([name, ofBlend]) => [name, rows.length > 0 ? logLoss(ofBlend, labels) : Number.NaN]),
  );
  const softWins =
    rows.length > 0 && isBetter('logLoss', pairedDifference('logLoss', scores.soft!, scores.log_odds!, labels, groups, options));
  return { chosen: softWins ? 'soft' : 'log_odds', validateLogLoss };
}
