import type { Settings } from './settings.ts';

/** What is measured of a contender; `subset` is a member's name, `without_catboost`, `served`, or empty for the whole ensemble. */
export interface TaskName {
  readonly work: string;
  readonly subset: string;
}

/** `shap_batch.xgboost` is the work `shap_batch` of the subset `xgboost`. */
export function parseTaskName(task: string): TaskName {
  const [work = '', subset = ''] = task.split('.');
  return { work, subset };
}

/** How many rows one call of a task takes, so that figures can be told a row. */
export function rowsOfTask(
  task: string,
  { batchRows, microBatchRows, manyRows }: Pick<Settings, 'batchRows' | 'microBatchRows' | 'manyRows'>,
): number {
  const rows: Readonly<Record<string, number>> = {
    score_batch: batchRows,
    score_all_cores: batchRows,
    shap_batch: microBatchRows,
    shap_all_cores: manyRows,
  };
  return rows[parseTaskName(task).work] ?? 1;
}
