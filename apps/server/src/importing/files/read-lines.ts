import { isAscii, isUtf8 } from 'node:buffer';
import { unreadable } from './open-bytes.ts';

/** The longest physical line, in bytes. */
export const maxLineBytes = 1 << 20;

/** A physical line of a text file, numbered from 1, without its line end; or why it cannot be read as text. */
export type Line = { readonly number: number; readonly text: string; readonly unterminated?: true } | BadLine;

/** A line that is no text: its bytes do not decode, or there are too many of them. */
export interface BadLine {
  readonly number: number;
  readonly reason: 'bad_encoding' | 'line_too_long';
  readonly problem: string;
  readonly raw: string;
}

/** The blocks of a file's bytes; refuses by name what is no UTF-8 text at all. */
export const readBlocks = (file: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<Block> =>
  cutBlocks(withoutByteOrderMark(file, chunks));

/** The lines of a file's bytes; refuses by name what is no UTF-8 text at all. */
export const readLines = (file: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<Line[]> =>
  cutLines(withoutByteOrderMark(file, chunks));

/** Whole lines of a file as bytes, without the last line feed; or the beginning of a line that is too long. */
export interface Block {
  readonly bytes: Buffer;
  readonly kind: 'lines' | 'unterminated' | 'too_long';
}

/** Cuts bytes where lines end, in memory bounded by the longest line allowed; every byte of a line that is not too long comes out once. */
export async function* cutBlocks(chunks: AsyncIterable<Buffer>): AsyncGenerator<Block> {
  let carry: Buffer = Buffer.alloc(0);
  let skipping = false;
  for await (const chunk of chunks) {
    let data = skipping ? afterLineEnd(chunk) : carry.length > 0 ? Buffer.concat([carry, chunk]) : chunk;
    if (data === undefined) continue;
    skipping = false;
    const end = data.lastIndexOf(10) + 1;
    if (end > 0) yield { bytes: data.subarray(0, end - 1), kind: 'lines' };
    data = data.subarray(end);
    if (data.length > maxLineBytes) {
      yield { bytes: data, kind: 'too_long' };
      skipping = true;
      data = Buffer.alloc(0);
    }
    carry = Buffer.from(data);
  }
  if (carry.length > 0) yield { bytes: carry, kind: 'unterminated' };
}

/** The lines of a block, numbered from `firstNumber`. */
export function linesOf({ bytes, kind }: Block, firstNumber: number): Line[] {
  if (kind === 'too_long') return [tooLong(firstNumber, bytes)];
  const lines = decode(bytes, firstNumber);
  return kind === 'lines' ? lines : lines.map((line) => ('text' in line ? { ...line, unterminated: true } : line));
}

/** Cuts bytes into lines, block by block; every physical line comes out once, in memory bounded by the longest line allowed. */
export async function* cutLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line[]> {
  let number = 0;
  for await (const block of cutBlocks(chunks)) {
    const lines = linesOf(block, number + 1);
    number += lines.length;
    yield lines;
  }
}

function afterLineEnd(chunk: Buffer): Buffer | undefined {
  const end = chunk.indexOf(10);
  return end < 0 ? undefined : chunk.subarray(end + 1);
}

function decode(block: Buffer, firstNumber: number): Line[] {
  if (!isUtf8(block)) return splitBytes(block).map((bytes, i) => decodeLine(bytes, firstNumber + i));
  const text = isAscii(block) ? block.toString('latin1') : block.toString('utf8');
  return text
    .split('\n')
    .map((line, i) =>
      line.length > maxLineBytes ? tooLong(firstNumber + i, Buffer.from(line)) : textLine(line, firstNumber + i),
    );
}

function decodeLine(bytes: Buffer, number: number): Line {
  if (bytes.length > maxLineBytes) return tooLong(number, bytes);
  if (isUtf8(bytes)) return textLine(bytes.toString('utf8'), number);
  const problem = 'is not valid UTF-8 (Latin-1 or Windows-1252?); convert the file, for example: iconv -f WINDOWS-1252 -t UTF-8';
  return { number, reason: 'bad_encoding', problem, raw: bytes.toString('latin1') };
}

const textLine = (text: string, number: number): Line => ({ number, text: text.endsWith('\r') ? text.slice(0, -1) : text });

function splitBytes(block: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = block.indexOf(10); end >= 0; end = block.indexOf(10, start)) {
    lines.push(block.subarray(start, end));
    start = end + 1;
  }
  return [...lines, block.subarray(start)];
}

const tooLong = (number: number, bytes: Buffer): BadLine => ({
  number,
  reason: 'line_too_long',
  problem: `the line is longer than ${maxLineBytes} bytes; lines end with a line feed`,
  raw: `${bytes.toString('latin1', 0, 1_024)}…`,
});

/** Drops a UTF-8 byte order mark and refuses what is no UTF-8 text at all. */
async function* withoutByteOrderMark(file: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let first = true;
  for await (const chunk of chunks) {
    if (!first) yield chunk;
    else if (chunk.length > 0) {
      first = false;
      yield checkedStart(file, chunk);
    }
  }
  if (first) throw unreadable(file, 'it is empty');
}

function checkedStart(file: string, chunk: Buffer): Buffer {
  const [a, b, c] = chunk;
  const start = chunk.subarray(0, 4_096);
  const zeros = start.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0);
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff) || zeros > start.length / 5) {
    throw unreadable(file, 'it is UTF-16 or binary, not UTF-8 text; convert it, for example: iconv -f UTF-16 -t UTF-8');
  }
  return a === 0xef && b === 0xbb && c === 0xbf ? chunk.subarray(3) : chunk;
}
