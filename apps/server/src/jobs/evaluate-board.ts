import { budgetedLeaderboard } from '@tillcast/core/learning/budgeted-leaderboard';
import type { EvaluationReport } from '@tillcast/core/learning/evaluation-report';
import type { LeaderboardData } from '@tillcast/core/learning/leaderboard-data';
import type { SizedMember } from '@tillcast/core/learning/member-size';
import { openRandom } from '@tillcast/core/simulation/random';
import { type LabelColumn, type OutOfFold, readOutOfFold, readTable, type Split, type Table } from './read-table.ts';
import { columnsOf, sizedScores } from './sized-scores.ts';
import { type ReadMember, readMembers } from './train-members.ts';
import type { TrainedMember } from './train-spec.ts';

/** Where a run's evaluation comes from: its table, its members, and their out-of-fold scores where there are any. */
export interface BoardSource {
  readonly dataset: string;
  readonly features: readonly string[];
  readonly label: LabelColumn;
  /** Folder of the members' files. */
  readonly evaluated: string;
  readonly members: readonly TrainedMember[];
  /** Path of oof.parquet. */
  readonly outOfFold: string | null;
}

/** The rows an evaluation stands on, the members, and what each says of the rows in every size it is offered at. */
export interface Board {
  readonly table: Table;
  readonly data: LeaderboardData;
  /** Whole. */
  readonly members: readonly ReadMember[];
  readonly scores: readonly SizedMember[];
}

// Rows that decided early stopping, and those of the embargo, say nothing honest about anyone.
const splits: readonly Split[] = ['train', 'blend', 'validate', 'test'];

/** A column of the out-of-fold file, in the order of the table's rows. */
function onTrainRows(table: Table, { row, raw }: OutOfFold): (column: string) => Float64Array {
  const position = new Map(Array.from(row, (number, index) => [number, index]));
  const places = Int32Array.from(table.row, (number) => position.get(number) ?? -1);
  return (column) => Float64Array.from(places, (place) => raw[column]![place] ?? Number.NaN);
}

/** Reads the table and scores it by TypeScript, the code that serves. */
export async function readBoard({ dataset, features, label, evaluated, members, outOfFold }: BoardSource): Promise<Board> {
  const table = await readTable(dataset, splits, { features, label });
  const read = readMembers(evaluated, members);
  const oof = outOfFold === null ? undefined : onTrainRows(table, await readOutOfFold(outOfFold, columnsOf(members)));
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
  return { table, data, members: read, scores: sizedScores(table, read, members, oof) };
}

/** What decides an evaluation besides the rows. */
export interface EvaluationTerms {
  /** Decides the bootstrap's draws. */
  readonly seed: number;
  readonly replicates: number;
  /** Cost units a row; null: none. */
  readonly latencyBudgetUnits: number | null;
}

/** The leaderboard of a board within its latency budget. */
export const evaluateBoard = (
  { data, scores }: Board,
  { seed, replicates, latencyBudgetUnits: budgetUnits }: EvaluationTerms,
): EvaluationReport =>
  budgetedLeaderboard(data, scores, { random: openRandom(seed).fork('evaluation'), replicates, budgetUnits });
