/** What a line did to the record: finished it, left a quoted cell open, or broke the rules of RFC 4180. */
export type Scanned = 'done' | 'open' | 'bad';

/** Splits one CSV record (RFC 4180) that may run over several lines, each scanned once. */
export class CsvScanner {
  cells: string[] = [];
  readonly #delimiter: string;
  /** What the open quoted cell holds so far; undefined between records. */
  #open: string | undefined;

  constructor(delimiter: string) {
    this.#delimiter = delimiter;
  }

  /** Takes the next line of the record; after `open`, the line that follows belongs to it. */
  feed(line: string): Scanned {
    if (this.#open === undefined) {
      this.cells = [];
      if (!line.includes('"')) {
        this.cells = line.split(this.#delimiter);
        return 'done';
      }
      return this.#cellsFrom(line, 0);
    }
    return this.#quoted(line, 0, `${this.#open}\n`);
  }

  /** Forgets an open record. */
  reset(): void {
    this.#open = undefined;
  }

  #cellsFrom(line: string, from: number): Scanned {
    let at = from;
    while (at <= line.length) {
      if (line[at] === '"') return this.#quoted(line, at + 1, '');
      const end = line.indexOf(this.#delimiter, at);
      this.cells.push(line.slice(at, end < 0 ? undefined : end));
      if (end < 0) break;
      at = end + 1;
    }
    return 'done';
  }

  /** Reads on inside a quoted cell; `""` is a quote, and after the closing one a delimiter or the end must follow. */
  #quoted(line: string, from: number, before: string): Scanned {
    let text = before;
    let at = from;
    for (;;) {
      const quote = line.indexOf('"', at);
      if (quote < 0) {
        this.#open = text + line.slice(at);
        return 'open';
      }
      text += line.slice(at, quote);
      at = quote + 2;
      if (line[quote + 1] !== '"') break;
      text += '"';
    }
    this.#open = undefined;
    this.cells.push(text);
    const next = at - 1;
    if (next >= line.length) return 'done';
    return line[next] === this.#delimiter ? this.#cellsFrom(line, next + 1) : 'bad';
  }
}
