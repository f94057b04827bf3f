import { createReadStream } from 'node:fs';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';

/** One record of a CSV file and the line it begins on. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

/** Longer records are refused, so that a missing closing quote cannot swallow the memory. */
const MAX_RECORD_LENGTH = 16 * 1024 * 1024;

/** Reads a CSV file record by record (RFC 4180: commas, double quotes, LF or CRLF; UTF-8, with or without a byte order mark). Empty lines are left out. */
export async function* readCsvRecords(file: string): AsyncGenerator<CsvRecord> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const parser = openParser(file);
  try {
    for await (const bytes of createReadStream(file)) yield* parser.push(decoder.decode(bytes as Buffer, { stream: true }));
    yield* parser.push(decoder.decode());
    yield* parser.end();
  } catch (error) {
    throw asKnown(error, file);
  }
}

function asKnown(error: unknown, file: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
    return new TillcastError('INPUT_INVALID', `${file} is not UTF-8; save it as UTF-8`, { cause: error });
  }
  if (error instanceof TillcastError || typeof code !== 'string') return error;
  return new TillcastError('FILE_NOT_READABLE', `${file}: ${(error as Error).message}`, { cause: error });
}

type State = 'start' | 'plain' | 'quoted' | 'quote in quoted';

function openParser(file: string) {
  let state: State = 'start';
  let field = '';
  let fields: string[] = [];
  let length = 0;
  let line = 1;
  let beganOn = 1;

  const refuse = (problem: string): never => {
    throw new TillcastError('INPUT_INVALID', `${file}, line ${line}: ${problem}`);
  };
  const endField = () => {
    fields.push(field);
    field = '';
    state = 'start';
  };
  const endRecord = (): CsvRecord | undefined => {
    const empty = fields.length === 0 && field === '' && state === 'start';
    if (!empty) endField();
    const record = empty ? undefined : { line: beganOn, fields };
    fields = [];
    length = 0;
    return record;
  };
  const append = (text: string) => {
    field += text;
    length += text.length;
    if (length > MAX_RECORD_LENGTH) refuse('the record is longer than 16 MiB; a closing quote is probably missing');
  };
  /** Takes what stands before the next character that means something; returns how far it came. */
  const takeRun = (text: string, from: number): number => {
    const special = state === 'quoted' ? /["\n]/g : /[",\r\n]/g;
    special.lastIndex = from;
    const to = special.exec(text)?.index ?? text.length;
    if (to > from && state === 'quote in quoted')
      refuse(`"${text[from]}" follows a closing quote; double the quotes inside a quoted field`);
    if (to > from) append(text.slice(from, to));
    if (to > from && state === 'start') state = 'plain';
    return to;
  };
  const takeQuote = () => {
    if (state === 'start') state = 'quoted';
    else if (state === 'quoted') state = 'quote in quoted';
    else if (state === 'quote in quoted') {
      append('"');
      state = 'quoted';
    } else refuse('a quote stands inside an unquoted field; quote the whole field and double the quote');
  };

  return {
    *push(text: string): Generator<CsvRecord> {
      for (let at = takeRun(text, 0); at < text.length; at = takeRun(text, at + 1)) {
        const character = text[at]!;
        if (character === '"') takeQuote();
        else if (character === ',') endField();
        else if (character === '\n' && state === 'quoted') {
          append('\n');
          line++;
        } else if (character === '\n') {
          const record = endRecord();
          beganOn = ++line;
          if (record) yield record;
        }
        // A carriage return outside quotes belongs to the line's end.
      }
    },
    *end(): Generator<CsvRecord> {
      if (state === 'quoted')
        refuse(`the quoted field that the record on line ${beganOn} opens is never closed; the file is cut off`);
      const record = endRecord();
      if (record) yield record;
    },
  };
}
