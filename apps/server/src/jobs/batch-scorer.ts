import { type PredictBatchAnswer, PredictRequest } from '@tillcast/api/predict';
import { type Fields, own } from '@tillcast/core/events/read-field';
import { probabilityOf } from '@tillcast/core/scoring/log-odds';
import { parseCell } from '../trees/csv-number.ts';
import type { BatchRow } from './batch-input.ts';

/** What became of a row. */
export type BatchAnswer =
  | { readonly probability: number; readonly logOdds: number; readonly version: string }
  | { readonly problem: string };

/** Scores rows, each on its own, and answers them in their order. */
export type ScoreBatch = (rows: readonly BatchRow[]) => Promise<readonly BatchAnswer[]>;

/** Log-odds of rows of features, laid out one after the other. */
export type ScoreFeatures = (rows: Float32Array, rowCount: number) => Promise<Float64Array>;

/** A feature as a float32, rounded once; missing = NaN. Undefined where it is no number. */
function featureOf(value: unknown): number | undefined {
  if (value === null || value === undefined) return Number.NaN;
  const number = typeof value === 'string' ? parseCell(value) : typeof value === 'boolean' ? Number(value) : value;
  if (typeof number === 'bigint') return Math.fround(Number(number));
  return typeof number === 'number' ? Math.fround(number) : undefined;
}

/** Writes a row into `out`; answers what is wrong with it. JSON lines must name each feature; a table's columns were checked with its header. */
function encode(fields: Fields, names: readonly string[], isTable: boolean, out: Float32Array): string | undefined {
  const missing = isTable ? [] : names.filter((name) => !Object.hasOwn(fields, name));
  if (missing.length > 0) return `lacks the features ${missing.slice(0, 20).join(', ')}; write null where a value is not known`;
  for (const [index, name] of names.entries()) {
    const value = own(fields, name);
    const number = featureOf(value);
    if (number === undefined) return `${name}: ${JSON.stringify(value)?.slice(0, 60)} is no number`;
    if (Math.abs(number) === Number.POSITIVE_INFINITY) return `${name}: ${String(value).slice(0, 60)} is not finite as a float32`;
    out[index] = number;
  }
  return undefined;
}

/** Scores rows of features by name; the same bits as the serving path gives for the same float32 row. */
export function openFeatureScorer(
  { names, version, isTable }: { readonly names: readonly string[]; readonly version: string; readonly isTable: boolean },
  score: ScoreFeatures,
): ScoreBatch {
  return async (batch) => {
    const rows = new Float32Array(batch.length * names.length);
    const problems = batch.map((row, index) =>
      'problem' in row
        ? row.problem
        : encode(row.fields, names, isTable, rows.subarray(index * names.length, (index + 1) * names.length)),
    );
    const logOdds = await score(rows, batch.length);
    return problems.map((problem, index) =>
      problem === undefined ? { logOdds: logOdds[index]!, probability: probabilityOf(logOdds[index]!), version } : { problem },
    );
  };
}

/** Answers questions as `POST /v1/predict/batch` does. */
export type AskBatch = (requests: readonly unknown[]) => Promise<PredictBatchAnswer>;

const numeric: ReadonlySet<string> = new Set(['price', 'hour', 'day_of_week', 'is_weekend']);
const emptyMeansUnknown: ReadonlySet<string> = new Set(['category_code', 'brand']);
const fieldNames: readonly string[] = Object.keys(PredictRequest.properties);

/** The columns of a table that a question cannot be without. */
export const questionColumns: readonly string[] = PredictRequest.required;

function questionOf(fields: Fields, isTable: boolean, more: Fields): Fields {
  if (!isTable) return { ...fields, ...more };
  const given: [string, unknown][] = [];
  for (const name of fieldNames) {
    const value = own(fields, name);
    const isEmpty = value === undefined || value === '';
    if (isEmpty && emptyMeansUnknown.has(name)) given.push([name, '']);
    else if (!isEmpty) given.push([name, numeric.has(name) && typeof value === 'string' ? (parseCell(value) ?? value) : value]);
  }
  return { ...Object.fromEntries(given), ...more };
}

/** Scores rows that are questions of `POST /v1/predict`, without their reasons. `idColumn` is the caller's and no field. */
export function openQuestionScorer(
  { target, isTable, idColumn }: { readonly target: string; readonly isTable: boolean; readonly idColumn: string },
  ask: AskBatch,
): ScoreBatch {
  const drop = fieldNames.includes(idColumn) ? [] : [idColumn];
  return async (batch) => {
    const good = batch.flatMap((row, index) => ('fields' in row ? [{ index, fields: row.fields }] : []));
    const requests = good.map(({ fields }) => {
      const kept = Object.fromEntries(Object.entries(fields).filter(([name]) => !drop.includes(name)));
      return questionOf(kept, isTable, { target: own(kept, 'target') ?? target, explain: false });
    });
    const answers: BatchAnswer[] = batch.map((row) => ({ problem: 'problem' in row ? row.problem : 'it was not answered' }));
    const { predictions } = requests.length === 0 ? { predictions: [] } : await ask(requests);
    for (const { index, prediction, problem } of predictions) {
      answers[good[index]!.index] =
        prediction === undefined
          ? { problem: problem?.detail ?? 'it was not answered' }
          : { probability: prediction.purchase_probability, logOdds: prediction.log_odds, version: prediction.model.version };
    }
    return answers;
  };
}
