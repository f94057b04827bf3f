import { CsvScanner } from './csv-scanner.ts';
import type { Line } from './read-lines.ts';
import type { BadRow } from './row.ts';

/** A record of a CSV file and the line it begins on; or why those lines are none. */
export type CsvRecord = { readonly line: number; readonly cells: readonly string[]; readonly raw: string; readonly unterminated: boolean } | Omit<BadRow, 'index'>;

/** A record runs over this many lines at most: an opening quote that is never closed must not swallow the file. */
const maxRecordLines = 100;
const maxRecordLength = 1 << 16;

type TextLine = Extract<Line, { text: string }>;

/** Puts lines together to records. Every line belongs to exactly one record; a quote left open spoils its own line only. */
export async function* readCsvRecords(blocks: AsyncIterable<readonly Line[]>, delimiter: string): AsyncGenerator<CsvRecord[]> {
  const scanner = new CsvScanner(delimiter);
  let held: TextLine[] = [];

  function* take(line: Line): Generator<CsvRecord> {
    if (!('text' in line)) {
      yield* giveUp();
      yield { line: line.number, reason: line.reason, problem: line.problem, raw: line.raw };
    } else if (held.length === 0 && line.text === '') {
      yield { line: line.number, reason: 'empty_line', problem: 'the line is empty', raw: '' };
    } else {
      held.push(line);
      const scanned = scanner.feed(line.text);
      if (scanned === 'done') yield release(scanner.cells, held);
      else if (scanned === 'bad' || held.length >= maxRecordLines || heldLength() > maxRecordLength) yield* giveUp();
      if (scanned === 'done') held = [];
    }
  }

  /** Rejects the line that opened the record, and reads those after it anew. */
  function* giveUp(): Generator<CsvRecord> {
    while (held.length > 0) {
      const [first, ...rest] = held;
      held = [];
      scanner.reset();
      const problem = 'the quotes of this line do not match: a quoted cell is closed by a quote before the next delimiter, and "" stands for one quote';
      yield { line: first!.number, reason: 'bad_quotes', problem, raw: first!.text };
      for (const line of rest) yield* take(line);
      if (rest.length === 0) return;
    }
  }

  const heldLength = (): number => (held.length < 2 ? 0 : held.reduce((sum, { text }) => sum + text.length, 0));

  for await (const block of blocks) {
    const records: CsvRecord[] = [];
    for (const line of block) for (const record of take(line)) records.push(record);
    if (records.length > 0) yield records;
  }
  const rest = [...giveUp()];
  while (held.length > 0) rest.push(...giveUp());
  if (rest.length > 0) yield rest;
}

const release = (cells: readonly string[], lines: readonly TextLine[]): CsvRecord => ({
  line: lines[0]!.number,
  cells,
  raw: lines.length === 1 ? lines[0]!.text : lines.map(({ text }) => text).join('\n'),
  unterminated: lines.at(-1)!.unterminated === true,
});
