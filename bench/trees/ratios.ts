import { type Measured, medianOf } from './measure.ts';

/** A contender's task, as `contender/task`. `ours` stands for the fastest backend of packages/trees. */
type Side = `${string}/${string}`;

/** Each published ratio: the other's time over ours, so that more is better. */
export const ratioPairs: Readonly<Record<string, readonly [theirs: Side, ours: Side]>> = {
  score_row_vs_python: ['python/score_row', 'ours/score_row'],
  score_row_vs_onnxruntime: ['onnxruntime/score_row', 'ours/score_row'],
  score_batch_vs_python: ['python/score_batch', 'ours/score_batch'],
  shap_row_vs_python: ['python/shap_row', 'ours/shap_row'],
  shap_batch_vs_python: ['python/shap_batch', 'ours/shap_batch'],
  lime_vs_lime: ['lime/lime', 'core/lime'],
  lime_cold_vs_lime: ['lime/lime', 'core/lime_cold'],
  lime_served_vs_lime: ['lime/lime', 'core/lime_served'],
  shap_xgboost_vs_xgboost_quadrature: ['xgboost_quadrature/shap_row.xgboost', 'ours/shap_row.xgboost'],
  shap_xgboost_batch_vs_xgboost_quadrature: ['xgboost_quadrature/shap_batch.xgboost', 'ours/shap_batch.xgboost'],
  score_row_vs_python_usual: ['python_usual/score_row', 'ours/score_row'],
  score_row_vs_python_by_hand: ['python_by_hand/score_row', 'ours/score_row'],
  score_row_vs_treelite: ['treelite/score_row.without_catboost', 'ours/score_row.without_catboost'],
  score_batch_vs_python_usual: ['python_usual/score_batch', 'ours/score_batch'],
  score_batch_vs_python_by_hand: ['python_by_hand/score_batch', 'ours/score_batch'],
  score_batch_vs_onnxruntime: ['onnxruntime/score_batch', 'ours/score_batch'],
  score_batch_vs_treelite: ['treelite/score_batch.without_catboost', 'ours/score_batch.without_catboost'],
  score_all_cores_vs_python: ['python/score_all_cores', 'ours/score_all_cores'],
  score_all_cores_vs_onnxruntime: ['onnxruntime/score_all_cores', 'ours/score_all_cores'],
  shap_row_vs_python_usual: ['python_usual/shap_row', 'ours/shap_row'],
  shap_batch_vs_python_usual: ['python_usual/shap_batch', 'ours/shap_batch'],
  shap_all_cores_vs_python: ['python/shap_all_cores', 'ours/shap_all_cores'],
  core_score_row_vs_python: ['python/score_row', 'core/score_row'],
  core_score_batch_vs_python: ['python/score_batch', 'core/score_batch'],
  core_shap_row_vs_python: ['python/shap_row', 'core/shap_row.served'],
  score_row_vs_typescript: ['typescript/score_row', 'ours/score_row'],
  score_batch_vs_typescript: ['typescript/score_batch', 'ours/score_batch'],
  shap_row_vs_typescript: ['typescript/shap_row', 'ours/shap_row'],
  shap_batch_vs_typescript: ['typescript/shap_batch', 'ours/shap_batch'],
};

export interface Ratio {
  /** Of the medians over all rounds. */
  readonly value: number;
  /** The smallest and largest ratio within one round. */
  readonly range: readonly [low: number, high: number];
}

/** The ratios that were measured; `ours` names the backend that stands for `ours`. A ratio without both its sides is undefined. */
export function ratiosOf(measured: readonly Measured[], ours: string): Readonly<Record<string, Ratio | undefined>> {
  const find = (side: Side) => {
    const [contender, task] = side.split('/');
    return measured.find((of) => of.contender === (contender === 'ours' ? ours : contender) && of.task === task);
  };
  return Object.fromEntries(
    Object.entries(ratioPairs).map(([name, [theirs, own]]) => {
      const [a, b] = [find(theirs), find(own)];
      return [name, a === undefined || b === undefined || a === b ? undefined : ratioOf(a.rounds, b.rounds)];
    }),
  );
}

function ratioOf(theirs: readonly number[], ours: readonly number[]): Ratio {
  const byRound = theirs.map((micros, round) => micros / ours[round]!);
  return { value: medianOf(theirs) / medianOf(ours), range: [Math.min(...byRound), Math.max(...byRound)] };
}
