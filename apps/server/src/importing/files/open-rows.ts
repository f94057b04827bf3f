import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { openBytes } from './open-bytes.ts';
import { openCsv } from './open-csv.ts';
import { openJsonl } from './open-jsonl.ts';
import { openParquet } from './open-parquet.ts';
import type { RowFile } from './row.ts';

/** What a source needs to know of a file's form. */
export interface RowFormat {
  /** Columns without which a table is refused; JSON lines are checked one by one. */
  readonly needs: readonly string[];
  /** Of CSV; default a comma. */
  readonly delimiter?: string;
}

/** Opens a file of rows by its name's ending. */
export async function openRows(file: string, { needs, delimiter }: RowFormat): Promise<RowFile> {
  const name = file.toLowerCase().replace(/\.gz$/, '');
  if (name.endsWith('.parquet') && !file.endsWith('.gz')) return openParquet(file, needs);
  const bytes = openBytes(file);
  if (name.endsWith('.csv')) return openCsv(file, bytes, needs, delimiter);
  if (name.endsWith('.tsv')) return openCsv(file, bytes, needs, delimiter ?? '\t');
  if (/\.(jsonl|ndjson|json)$/.test(name)) return openJsonl(file, bytes);
  throw new TillcastError(
    'INPUT_INVALID',
    `${file}: its name must end in .csv, .tsv, .jsonl or .ndjson (each also with .gz) or .parquet`,
  );
}
