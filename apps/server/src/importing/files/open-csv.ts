import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Fields } from '@tillcast/core/events/read-field';
import { type CsvRecord, readCsvRecords } from './csv-records.ts';
import type { ByteFile } from './open-bytes.ts';
import { readBlocks, readLines } from './read-lines.ts';
import type { Row, RowFile } from './row.ts';

/** Opens a CSV file: reads its header, refuses it where needed columns are missing, and gives its rows as text, cell by cell. */
export async function openCsv(file: string, bytes: ByteFile, needs: readonly string[], delimiter = ','): Promise<RowFile> {
  const columns = await readHeader(file, bytes, delimiter);
  checkColumns(file, columns, needs, delimiter);
  const sorted = columns.toSorted();
  const names = JSON.stringify(sorted);
  return {
    columns,
    canonical: (fields) => names + JSON.stringify(sorted.map((name) => fields[name])),
    share: bytes.share,
    csv: { delimiter, blocks: () => readBlocks(file, bytes.chunks()) },
    async *rows() {
      let index = -1; // the header is no row
      for await (const records of readRecords(file, bytes, delimiter)) {
        const rows: Row[] = [];
        for (const record of records) {
          if (index >= 0) rows.push(toRow(record, index, columns));
          index += 1;
        }
        yield rows;
      }
    },
  };
}

const readRecords = (file: string, bytes: ByteFile, delimiter: string): AsyncGenerator<CsvRecord[]> =>
  readCsvRecords(readLines(file, bytes.chunks()), delimiter);

async function readHeader(file: string, bytes: ByteFile, delimiter: string): Promise<readonly string[]> {
  for await (const [first] of readRecords(file, bytes, delimiter)) {
    if (first === undefined) continue;
    if ('cells' in first) return first.cells.map((name) => name.trim());
    throw new TillcastError('INPUT_INVALID', `${file}: the first line must name the columns, but ${first.problem}`);
  }
  throw new TillcastError('INPUT_INVALID', `${file}: there is no line that names the columns`);
}

/** Refuses a header that lacks a needed column, or names one twice. */
export function checkColumns(file: string, columns: readonly string[], needs: readonly string[], delimiter?: string): void {
  const twice = columns.find((name, at) => columns.indexOf(name) !== at);
  if (twice !== undefined) throw new TillcastError('INPUT_INVALID', `${file}: the column "${twice}" occurs twice; rename one`);
  const missing = needs.filter((name) => !columns.includes(name));
  if (missing.length === 0 && !columns.includes('__proto__')) return;
  const shown = columns.slice(0, 40).map((name) => JSON.stringify(name.slice(0, 60)));
  const other = [';', '\t', '|', ','].find((sign) => sign !== delimiter && columns.length === 1 && columns[0]!.includes(sign));
  const hint =
    delimiter === undefined || other === undefined
      ? ''
      : `; it seems to be delimited by ${JSON.stringify(other)}: say so in a mapping file`;
  const lack =
    missing.length === 0
      ? 'a column must not be named __proto__'
      : `missing column${missing.length > 1 ? 's' : ''} ${missing.join(', ')}`;
  throw new TillcastError('INPUT_INVALID', `${file}: ${lack}; found ${shown.join(', ')}${hint}`);
}

/** A record as a row of these columns; a reason where it has more or fewer cells. */
export function toRow(record: CsvRecord, index: number, columns: readonly string[]): Row {
  if (!('cells' in record)) return { ...record, index };
  const { cells, line, raw, unterminated } = record;
  if (cells.length === columns.length) {
    const fields: Record<string, string> = {};
    for (let at = 0; at < columns.length; at++) fields[columns[at]!] = cells[at]!;
    return { index, line, fields: fields as Fields, raw };
  }
  if (cells.length > columns.length) {
    return {
      index,
      line,
      reason: 'too_many_columns',
      problem: `${cells.length} cells, but ${columns.length} columns; quote cells that hold a delimiter`,
      raw,
    };
  }
  const lacking = columns.slice(cells.length).join(', ');
  const problem = `line ${line} has ${cells.length} of ${columns.length} columns, missing columns: ${lacking}`;
  if (!unterminated) return { index, line, reason: 'missing_columns', problem, raw };
  return { index, line, reason: 'cut_off', problem: `the file is cut off inside this line: ${problem}`, raw };
}
