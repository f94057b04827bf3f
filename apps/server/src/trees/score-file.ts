import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { encodeRow, RowError } from '@tillcast/trees/encode-row';
import { ModelFileError } from '@tillcast/trees/errors';
import type { Forest } from '@tillcast/trees/forest';
import { readForest } from '@tillcast/trees/read-forest';
import { formatField, formatNumber, parseCell } from './csv-number.ts';
import { type ColumnMatch, matchColumns } from './match-columns.ts';
import { readTable, type TableRecord } from './read-table.ts';
import { openReplacement } from './replacement.ts';
import { openScoreLine, type RowAnswer } from './score-line.ts';

export interface ScoreFileRequest {
  readonly model: string;
  readonly rows: string;
  readonly out: string;
  readonly contributions: boolean;
  /** Threads that score, at most; default: one a core. The answers do not depend on it. */
  readonly threads?: number | undefined;
}

/** What `trees score` did. */
export interface ScoreFileResult {
  readonly model: {
    readonly kind: Forest['kind'];
    readonly space: Forest['space'];
    readonly trees: number;
    readonly features: number;
  };
  readonly rows: number;
  readonly out: string;
  readonly contributions: boolean;
  readonly ignored_columns: readonly string[];
}

/** Scores each row of a CSV file with a model file and writes the answers as CSV; the out file appears whole or not at all. */
export async function scoreFile({
  model,
  rows,
  out,
  contributions,
  threads = availableParallelism(),
}: ScoreFileRequest): Promise<ScoreFileResult> {
  const forest = openModel(model);
  const records = readTable(rows);
  const header = await records.next();
  if (header.done) throw new TillcastError('INPUT_INVALID', `${rows} is empty; a header line with the feature names is needed`);
  const match = matchColumns(forest, header.value.cells, rows);
  const replacement = openReplacement(out);
  const line = openScoreLine(forest, {
    contributions,
    threads,
    onAnswer: (answer) => replacement.write(`${lineOf(answer)}\n`),
    refuse: (number, problem) => invalid(rows, number, problem),
  });
  let count = 0;
  try {
    const values = new Array<number | string | null>(forest.featureCount).fill(null);
    replacement.write(`${headerOf(match, contributions)}\n`);
    for await (const record of records) {
      fillValues(values, forest, record, match, header.value.cells, rows);
      const room = line.push(rowOf(forest, values, record.line, rows), record.line);
      if (room !== undefined) await room;
      count++;
    }
    await line.end();
    replacement.commit();
  } finally {
    await line.close();
    replacement.discard();
  }
  const { kind, space, treeCount, featureCount } = forest;
  return {
    model: { kind, space, trees: treeCount, features: featureCount },
    rows: count,
    out,
    contributions,
    ignored_columns: match.ignored,
  };
}

function openModel(file: string): Forest {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new TillcastError('FILE_NOT_READABLE', `${file}: ${(error as Error).message}`, { cause: error });
  }
  try {
    return readForest(bytes, { file });
  } catch (error) {
    if (error instanceof ModelFileError) throw new TillcastError('INPUT_INVALID', error.message, { cause: error });
    throw error;
  }
}

/** The cells of a line as the model takes them: text where it knows categories, numbers elsewhere, null where missing. */
function fillValues(
  values: (number | string | null)[],
  forest: Forest,
  { line, cells }: TableRecord,
  { columns }: ColumnMatch,
  header: readonly string[],
  file: string,
): void {
  if (cells.length !== header.length) {
    throw invalid(file, line, `${cells.length} cells, the header has ${header.length}; mend the line`);
  }
  for (const [feature, column] of columns.entries()) {
    const cell = cells[column]!;
    if (forest.encoding?.codes[feature] !== undefined) {
      values[feature] = cell === '' ? null : cell;
      continue;
    }
    const value = parseCell(cell);
    if (value === undefined) {
      throw new TillcastError(
        'INPUT_INVALID',
        `${file}, line ${line}, column "${header[column]}": ${JSON.stringify(cell.slice(0, 60))} is no number; leave missing values empty`,
      );
    }
    values[feature] = value;
  }
}

function rowOf(forest: Forest, values: readonly (number | string | null)[], line: number, file: string): Float64Array {
  try {
    return encodeRow(forest, values);
  } catch (error) {
    throw error instanceof RowError ? invalid(file, line, error.message, error) : error;
  }
}

const invalid = (file: string, line: number, problem: string, cause?: Error): TillcastError =>
  new TillcastError('INPUT_INVALID', `${file}, line ${line}: ${problem}`, { cause });

const headerOf = ({ names }: ColumnMatch, hasContributions: boolean): string =>
  hasContributions ? ['raw_score', ...names.map(formatField), 'base_value'].join(',') : 'raw_score';

const lineOf = ({ score, contributions, baseValue }: RowAnswer): string =>
  contributions === undefined ? formatNumber(score) : [score, ...contributions, baseValue].map(formatNumber).join(',');
