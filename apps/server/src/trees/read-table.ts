import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { readCsvRecords } from '../importing/files/csv-records.ts';
import { openBytes } from '../importing/files/open-bytes.ts';
import { readLines } from '../importing/files/read-lines.ts';

/** One record of a table and the line it begins on. */
export interface TableRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * The records of a CSV table (RFC 4180, UTF-8, also gzip), the header first. Nothing is dropped: a line that is no record is an error.
 * An empty line is an empty cell where the table has one column, and else allowed only at the end.
 */
export async function* readTable(file: string): AsyncGenerator<TableRecord> {
  let width = 0;
  let emptyLine: number | undefined;
  for await (const block of readCsvRecords(readLines(file, openBytes(file).chunks()), ',')) {
    for (const record of block) {
      const empty = 'reason' in record && record.reason === 'empty_line';
      if (empty && width === 1) yield { line: record.line!, cells: [''] };
      else if (empty) emptyLine ??= record.line!;
      else {
        if (emptyLine !== undefined)
          throw invalid(file, emptyLine, 'the line is empty; remove it, or leave every cell of the row empty');
        if ('reason' in record) throw invalid(file, record.line!, record.problem);
        width ||= record.cells.length;
        yield { line: record.line, cells: record.cells };
      }
    }
  }
}

const invalid = (file: string, line: number, problem: string) =>
  new TillcastError('INPUT_INVALID', `${file}, line ${line}: ${problem}`);
