import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { MemberAtSize } from '@tillcast/core/learning/latency-report';
import type { Blend } from '@tillcast/core/scoring/ensemble';
import type { LabelColumn } from './read-table.ts';
import type { TrainedMember } from './train-spec.ts';

/** What a run keeps of itself, so that its evaluation can be computed again: run.json beside dataset.parquet and evaluated/. */
export interface RunRecord {
  readonly schema: 1;
  readonly features: readonly string[];
  readonly label: LabelColumn;
  readonly horizonMs: number;
  readonly seed: number;
  readonly replicates: number;
  readonly members: readonly TrainedMember[];
  readonly hasOutOfFold: boolean;
  /** Absent in runs made before there were budgets. */
  readonly latencyBudgetUnits?: number | null;
  /** The sizes that the blend takes; absent: every member whole. */
  readonly sizes?: readonly MemberAtSize[];
  /** The blend that was chosen, as it is served. */
  readonly blend: Blend;
  /** The evaluated twin has seen nothing of the shop after this moment. */
  readonly fittedUntilMs: number;
}

/** Where the parts of a run lie in its folder. */
export const runPaths = (folder: string) => ({
  record: join(folder, 'run.json'),
  dataset: join(folder, 'dataset.parquet'),
  evaluated: join(folder, 'evaluated'),
  outOfFold: join(folder, 'evaluated', 'oof.parquet'),
  report: join(folder, 'report.json'),
});

/** Keeps the record of a run. */
export const writeRecord = (folder: string, record: RunRecord): void =>
  writeFileSync(runPaths(folder).record, `${JSON.stringify(record, null, 2)}\n`);

/** The record of a run, or MODEL_NOT_FOUND where its folder is gone. */
export function readRecord(runs: string, version: string): RunRecord & { readonly folder: string } {
  const folder = join(runs, version);
  const path = runPaths(folder).record;
  if (!existsSync(path))
    throw new TillcastError(
      'MODEL_NOT_FOUND',
      `the run of ${version} is not in ${runs}: it was removed, or trained elsewhere; train again to evaluate`,
    );
  return { ...(JSON.parse(readFileSync(path, 'utf8')) as RunRecord), folder };
}
