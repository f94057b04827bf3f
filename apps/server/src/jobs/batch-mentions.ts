import { mentions } from '@tillcast/core/ports/dead-letters';
import { openBytes } from '../importing/files/open-bytes.ts';
import { openRows } from '../importing/files/open-rows.ts';
import { readLines } from '../importing/files/read-lines.ts';
import type { Row } from '../importing/files/row.ts';

const isText = /\.(jsonl|ndjson)(\.gz)?$/i;

const holds = (value: unknown, ids: ReadonlySet<string>): boolean =>
  (typeof value === 'string' || typeof value === 'number') && ids.has(String(value));

/** Whether a row of a table names one of the ids as the whole of a cell, or, where it cannot be read, anywhere. */
function rowNames(row: Row, ids: ReadonlySet<string>): boolean {
  if ('fields' in row) return Object.values(row.fields).some((value) => holds(value, ids));
  return [...ids].some((id) => row.raw?.includes(id) === true);
}

async function linesName(file: string, ids: ReadonlySet<string>): Promise<boolean> {
  const [texts, numbers] = [
    [...ids],
    [...ids].filter((id) => /^-?\d+$/.test(id)).map((id) => new RegExp(`:\\s*${id}\\s*[,}\\]]`)),
  ];
  for await (const lines of readLines(file, openBytes(file).chunks()))
    for (const line of lines) {
      const text = 'text' in line ? line.text : line.raw;
      if (mentions(text, texts) || numbers.some((number) => number.test(text))) return true;
    }
  return false;
}

/** Whether a file of rows (CSV, TSV, JSON lines, each also gzip, or Parquet) names one of some ids. A damaged one raises FILE_NOT_READABLE. */
export async function fileNames(file: string, ids: readonly string[]): Promise<boolean> {
  const wanted = new Set(ids);
  if (isText.test(file)) return linesName(file, wanted);
  for await (const rows of (await openRows(file, { needs: [] })).rows())
    if (rows.some((row) => rowNames(row, wanted))) return true;
  return false;
}
