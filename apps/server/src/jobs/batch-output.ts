import { rmSync } from 'node:fs';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { linesToParquet } from '../exporting/lines-to-parquet.ts';
import { renameDurably, temporaryFor } from '../importing/text-writer.ts';
import { formatField } from '../trees/csv-number.ts';
import type { BatchAnswer } from './batch-scorer.ts';

/** The forms of an output, which are also the endings of its name. */
export const batchFormats = ['parquet', 'csv', 'jsonl'] as const;
export type BatchFormat = (typeof batchFormats)[number];

/** One row of the output. */
export interface OutputRow {
  /** Its place among the rows of the input, from 0. */
  readonly row: number;
  /** The input's own name of it, where it has one. */
  readonly id: string | null;
  readonly answer: BatchAnswer;
}

const columns = {
  row: 'BIGINT',
  id: 'VARCHAR',
  purchase_probability: 'DOUBLE',
  log_odds: 'DOUBLE',
  model_version: 'VARCHAR',
  problem: 'VARCHAR',
} as const;

/** The form that a file's name asks for; OPTION_INVALID where it asks for none. */
export function formatOf(file: string): BatchFormat {
  const format = batchFormats.find((one) => file.toLowerCase().endsWith(`.${one}`));
  if (format !== undefined) return format;
  throw new TillcastError(
    'OPTION_INVALID',
    `--out must end in ${batchFormats.map((one) => `.${one}`).join(', ')}, not "${file}"`,
  );
}

/** The line a spool begins with. */
export const spoolHead = (format: BatchFormat): string => (format === 'csv' ? `${Object.keys(columns).join(',')}\r\n` : '');

/** A text that a spreadsheet would take for a formula gets an apostrophe in front. */
const cell = (text: string): string => formatField(/^[=+\-@\t\r\n＝＋－＠]/u.test(text) ? `'${text}` : text);

/** A row as it is spooled: numbers in their shortest form that reads back as the same float64. */
export function spoolLine({ row, id, answer }: OutputRow, format: BatchFormat): string {
  const scored = 'problem' in answer ? undefined : answer;
  const problem = 'problem' in answer ? answer.problem.slice(0, 500) : null;
  if (format === 'csv') {
    const numbers = [scored?.probability, scored?.logOdds].map((number) => (number === undefined ? '' : String(number)));
    return `${[row, cell(id ?? ''), ...numbers, cell(scored?.version ?? ''), cell(problem ?? '')].join(',')}\r\n`;
  }
  const line = {
    ...{ row, id, purchase_probability: scored?.probability ?? null, log_odds: scored?.logOdds ?? null },
    ...{ model_version: scored?.version ?? null, problem },
  };
  return `${JSON.stringify(line)}\n`;
}

/** Makes a finished spool the output: it appears whole under its name, and only then. The spool is gone afterwards. */
export async function publishOutput(spool: string, out: string, format: BatchFormat): Promise<void> {
  if (format !== 'parquet') return renameDurably(spool, out);
  const temporary = temporaryFor(out);
  try {
    await linesToParquet(spool, temporary, columns);
    renameDurably(temporary, out);
  } finally {
    rmSync(temporary, { force: true });
  }
  rmSync(spool, { force: true });
}
