import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { type Fields, isFields } from '@tillcast/core/events/read-field';
import { parseText } from '../http/parse-json.ts';
import { openBytes } from '../importing/files/open-bytes.ts';
import { openRows } from '../importing/files/open-rows.ts';
import { readLines } from '../importing/files/read-lines.ts';

/** A row to be scored, or why it is none. Fields of a table are text or numbers, and absent where the cell is empty; of JSON lines as they stand. */
export type BatchRow = { readonly fields: Fields } | { readonly problem: string };

/** The rows of a file, in their order; empty lines are no rows. */
export interface BatchInput {
  rows(): AsyncIterable<readonly BatchRow[]>;
  /** How much of the file has been read, 0 to 1. */
  share(): number;
}

function lineOf(text: string): BatchRow {
  try {
    const value = parseText(text);
    return isFields(value) ? { fields: value } : { problem: 'the line must hold one JSON object' };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

function openLines(file: string): BatchInput {
  const bytes = openBytes(file);
  return {
    share: bytes.share,
    async *rows() {
      for await (const lines of readLines(file, bytes.chunks())) {
        const full = lines.filter((line) => !('text' in line) || line.text.trim() !== '');
        yield full.map((line) => ('text' in line ? lineOf(line.text) : { problem: line.problem }));
      }
    },
  };
}

/** Opens a file of rows by its name's ending: CSV, TSV, JSON lines (each also gzip) or Parquet. Tables that lack a needed column are refused whole. */
export async function openBatchInput(file: string, needs: readonly string[]): Promise<BatchInput> {
  if (/\.(jsonl|ndjson)(\.gz)?$/i.test(file)) return openLines(file);
  if (/\.json(\.gz)?$/i.test(file))
    throw new TillcastError('INPUT_INVALID', `${file}: send JSON lines, one object a line, in a file named .jsonl`);
  const table = await openRows(file, { needs });
  return {
    share: table.share,
    async *rows() {
      for await (const rows of table.rows())
        yield rows
          .filter((row) => !('reason' in row && row.reason === 'empty_line'))
          .map((row) => ('fields' in row ? { fields: row.fields } : { problem: row.problem }));
    },
  };
}
