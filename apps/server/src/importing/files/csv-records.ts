import { CsvScanner } from './csv-scanner.ts';
import type { Line } from './read-lines.ts';
import type { BadRow } from './row.ts';

/** A record of a CSV file and the line it begins on; or why its line is none. */
export type CsvRecord = CsvCells | (Omit<BadRow, 'index'> & { readonly line: number });

interface CsvCells {
  readonly line: number;
  readonly cells: readonly string[];
  readonly raw: string;
  /** The file ends inside this record's line. */
  readonly unterminated: boolean;
}

type TextLine = Extract<Line, { text: string }>;

/** A record runs over this much at most: a quote that is never closed must not swallow the file. */
const maxRecordLines = 100;
const maxRecordLength = 1 << 16;

const unmatched =
  'the quotes of this line do not match: a quoted cell is closed by a quote before the next delimiter, and "" stands for one quote';

/** The records of a CSV file, block by block. */
export async function* readCsvRecords(blocks: AsyncIterable<readonly Line[]>, delimiter: string): AsyncGenerator<CsvRecord[]> {
  const records = new CsvRecords(delimiter);
  for await (const lines of blocks) yield records.push(lines);
  yield records.end();
}

/** Puts lines together to records. Every line belongs to exactly one record; a quote left open spoils its own line only. */
export class CsvRecords {
  readonly #scanner: CsvScanner;
  #held: TextLine[] = [];
  #heldLength = 0;
  /** Lines to be read anew after the record they seemed to belong to was given up, the next one last. */
  #again: Line[] = [];

  constructor(delimiter: string) {
    this.#scanner = new CsvScanner(delimiter);
  }

  /** Whether the next line may belong to a record that has begun. */
  get isOpen(): boolean {
    return this.#held.length > 0;
  }

  /** The records that end within these lines. */
  push(lines: readonly Line[]): CsvRecord[] {
    const records: CsvRecord[] = [];
    for (const line of lines) {
      for (let next: Line | undefined = line; next !== undefined; next = this.#again.pop()) this.#take(next, records);
    }
    return records;
  }

  /** What is left when the file has ended. */
  end(): CsvRecord[] {
    const records: CsvRecord[] = [];
    while (this.#held.length > 0) {
      this.#giveUp(records);
      for (let next = this.#again.pop(); next !== undefined; next = this.#again.pop()) this.#take(next, records);
    }
    return records;
  }

  #take(line: Line, records: CsvRecord[]): void {
    if (!('text' in line)) {
      if (this.#held.length > 0) this.#giveUp(records, line);
      else records.push({ line: line.number, reason: line.reason, problem: line.problem, raw: line.raw });
      return;
    }
    if (this.#held.length === 0 && line.text === '') {
      records.push({ line: line.number, reason: 'empty_line', problem: 'the line is empty', raw: '' });
      return;
    }
    this.#held.push(line);
    this.#heldLength += line.text.length;
    const scanned = this.#scanner.feed(line.text);
    if (scanned === 'done') records.push(this.#release());
    else if (
      scanned === 'bad' ||
      this.#held.length >= maxRecordLines ||
      (this.#held.length > 1 && this.#heldLength > maxRecordLength)
    ) {
      this.#giveUp(records);
    }
  }

  #release(): CsvRecord {
    const lines = this.#held;
    this.#forget();
    const raw = lines.length === 1 ? lines[0]!.text : lines.map(({ text }) => text).join('\n');
    return { line: lines[0]!.number, cells: this.#scanner.cells, raw, unterminated: lines.at(-1)!.unterminated === true };
  }

  #giveUp(records: CsvRecord[], following?: Line): void {
    const [first, ...rest] = this.#held;
    this.#forget();
    records.push({ line: first!.number, reason: 'bad_quotes', problem: unmatched, raw: first!.text });
    if (following !== undefined) this.#again.push(following);
    this.#again.push(...rest.reverse());
  }

  #forget(): void {
    this.#held = [];
    this.#heldLength = 0;
    this.#scanner.reset();
  }
}
