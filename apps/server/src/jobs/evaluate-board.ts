import type { EvaluationReport } from '@tillcast/core/learning/evaluation-report';
import { leaderboard } from '@tillcast/core/learning/leaderboard';
import type { LeaderboardData, MemberScores } from '@tillcast/core/learning/leaderboard-data';
import { openRandom } from '@tillcast/core/simulation/random';
import { type LabelColumn, type OutOfFold, readOutOfFold, readTable, type Split, type Table } from './read-table.ts';
import { type ReadMember, rawScores } from './train-members.ts';

/** Where a run's evaluation comes from: its table, its members, and their out-of-fold scores where there are any. */
export interface BoardSource {
  readonly dataset: string;
  readonly features: readonly string[];
  readonly label: LabelColumn;
  readonly members: readonly ReadMember[];
  /** Path of oof.parquet. */
  readonly outOfFold: string | null;
}

/** The rows an evaluation stands on, and what every member says of them. */
export interface Board {
  readonly table: Table;
  readonly data: LeaderboardData;
  readonly scores: readonly MemberScores[];
}

// Rows that decided early stopping, and those of the embargo, say nothing honest about anyone.
const splits: readonly Split[] = ['train', 'blend', 'validate', 'test'];

function onTrainRows(table: Table, member: string, { row, raw }: OutOfFold): Float64Array {
  const position = new Map(Array.from(row, (number, index) => [number, index]));
  return Float64Array.from(table.row, (number) => raw[member]![position.get(number) ?? -1] ?? Number.NaN);
}

/** Reads the table and scores it by TypeScript, the code that serves. */
export async function readBoard({ dataset, features, label, members, outOfFold }: BoardSource): Promise<Board> {
  const table = await readTable(dataset, splits, { features, label });
  const raw = rawScores(members, table);
  const oof =
    outOfFold === null
      ? undefined
      : await readOutOfFold(
          outOfFold,
          members.map(({ name }) => name),
        );
  const scores = members.map(({ name }) => ({ name, raw: raw[name]!, ...(oof ? { oof: onTrainRows(table, name, oof) } : {}) }));
  const data: LeaderboardData = {
    featureCount: features.length,
    rows: table.matrix,
    labels: table.label,
    groups: table.group,
    splits: table.split,
    folds: table.fold,
    categories: table.category,
    rungs: table.rung,
  };
  return { table, data, scores };
}

/** The leaderboard of a board; the seed decides the bootstrap's draws. */
export const evaluateBoard = ({ data, scores }: Board, seed: number, replicates = 1_000): EvaluationReport =>
  leaderboard(data, scores, { random: openRandom(seed).fork('evaluation'), replicates });
