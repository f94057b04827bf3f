import type { Command } from 'commander';
import { type ScoreFileRequest, scoreFile } from '../trees/score-file.ts';
import { printJson, say } from './output.ts';
import { parseCount } from './train-flags.ts';

type TreesScoreOptions = Omit<ScoreFileRequest, 'threads'> & { readonly threads?: string; readonly json: boolean };

/** `tillcast trees score`: any model file of the four libraries over any table. */
export function registerTrees(program: Command): void {
  program
    .command('trees')
    .description('Work with model files of CatBoost, XGBoost, LightGBM and scikit-learn forests.')
    .command('score')
    .description('Score the rows of a CSV file: the raw score, and with --contributions exact SHAP values and the base value.')
    .requiredOption('--model <file>', 'CatBoost JSON, XGBoost JSON, LightGBM text, or a forest as plain arrays')
    .requiredOption('--rows <file>', 'CSV; header = feature names, empty cell or NaN = missing')
    .requiredOption('--out <file>', 'CSV to write')
    .option('--contributions', 'also write one column a feature and base_value', false)
    .option('--threads <n>', 'threads that score, at most (default: one a core); the answers do not depend on it')
    .option('--json', 'print the result as one JSON line on stdout', false)
    .action(async ({ threads, json, ...request }: TreesScoreOptions) => {
      const result = await scoreFile({
        ...request,
        threads: threads === undefined ? undefined : parseCount('--threads', threads, 1, 256),
      });
      if (result.ignored_columns.length > 0) say(`ignored, the model does not know them: ${result.ignored_columns.join(', ')}`);
      if (json) printJson(result);
      else say(`${result.rows} rows scored with ${result.model.trees} trees (${result.model.kind}) into ${result.out}`);
    });
}
