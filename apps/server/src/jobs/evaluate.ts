import type { EvaluationReport } from '@tillcast/core/learning/evaluation-report';
import { evaluateBoard, readBoard } from './evaluate-board.ts';
import { describeTable, type TableInfo } from './read-table.ts';
import { type RunRecord, readRecord, runPaths } from './train-record.ts';

/** An evaluation, and the run it belongs to. */
export interface Evaluation {
  readonly report: EvaluationReport;
  readonly info: TableInfo;
  readonly record: RunRecord;
}

/**
 * Computes the evaluation of a version again: its evaluated twin, read and scored by TypeScript, on the later window of its own table.
 * The figures are the twin's, not those of the served bundle, which has seen all data.
 */
export async function evaluate(runs: string, version: string): Promise<Evaluation> {
  const record = readRecord(runs, version);
  const paths = runPaths(record.folder);
  const info = await describeTable(paths.dataset, record.label);
  const board = await readBoard({
    dataset: paths.dataset,
    features: record.features,
    label: record.label,
    evaluated: paths.evaluated,
    members: record.members,
    outOfFold: record.hasOutOfFold ? paths.outOfFold : null,
  });
  const { seed, replicates, latencyBudgetUnits = null } = record;
  return { report: evaluateBoard(board, { seed, replicates, latencyBudgetUnits }), info, record };
}
