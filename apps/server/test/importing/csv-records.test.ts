import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CsvRecord, CsvRecords } from '../../src/importing/files/csv-records.ts';
import { type Line, readLines } from '../../src/importing/files/read-lines.ts';

/** Bytes handed over in chunks of a size, as lines. */
async function linesOf(bytes: Buffer, chunkSize = 7): Promise<Line[]> {
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += chunkSize) yield bytes.subarray(at, at + chunkSize);
  }
  const lines: Line[] = [];
  for await (const block of readLines('x.csv', chunks())) lines.push(...block);
  return lines;
}

async function recordsOf(text: string, chunkSize?: number): Promise<CsvRecord[]> {
  const records = new CsvRecords(',');
  return [...records.push(await linesOf(Buffer.from(text), chunkSize)), ...records.end()];
}

const cellsOf = (records: readonly CsvRecord[]) => records.map((record) => ('cells' in record ? record.cells : record.reason));

const quoted = (cell: string): string => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
const cell = fc.string({ unit: fc.constantFrom('a', 'ß', '😀', ' ', ',', '"', '\n', ';'), maxLength: 6 });

describe('CSV records', () => {
  it('gives back every table that was written by the rules, whatever the chunks', async () => {
    const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 40 }), fc.constantFrom('\n', '\r\n'), async (rows, chunkSize, end) => {
        const text = rows.map((row) => row.map(quoted).join(',')).join(end);
        expect(cellsOf(await recordsOf(text, chunkSize))).toEqual(rows);
      }),
      { numRuns: 200 },
    );
  });

  it('accounts for every physical line, whatever it holds', async () => {
    const line = fc.string({ unit: fc.constantFrom('a', ',', '"', '""', '",', ',"', ' '), maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 12 }), async (lines) => {
        const records = await recordsOf(`${lines.join('\n')}\n`);
        const covered = records.flatMap((record) =>
          Array.from({ length: record.raw.split('\n').length }, (_, i) => record.line + i),
        );
        expect(covered).toEqual(lines.map((_, i) => i + 1));
        expect(records.map(({ raw }) => raw).join('\n')).toBe(lines.join('\n'));
      }),
      { numRuns: 300 },
    );
  });

  it('lets a quote that is never closed spoil its own line only', async () => {
    const text = `a,b\n"open,1\n${Array.from({ length: 300 }, (_, i) => `x${i},2`).join('\n')}\n`;
    const records = cellsOf(await recordsOf(text, 1_000));
    expect(records.length).toBe(302);
    expect(records.slice(0, 3)).toEqual([['a', 'b'], 'bad_quotes', ['x0', '2']]);
    expect(cellsOf(await recordsOf('a,b\n"open,1\nx,2'))).toEqual([['a', 'b'], 'bad_quotes', ['x', '2']]);
  });
});

describe('lines', () => {
  it('rejects a line that is no UTF-8 by itself, and keeps its neighbours', async () => {
    const lines = await linesOf(Buffer.from('a\ncaf\xe9\nb\n', 'latin1'), 100);
    expect(lines.map((line) => ('text' in line ? line.text : line.reason))).toEqual(['a', 'bad_encoding', 'b']);
  });

  it('rejects an endless line and goes on after it', async () => {
    const bytes = Buffer.concat([Buffer.from('a\n'), Buffer.alloc(3 << 20, 'x'), Buffer.from('\nb')]);
    const lines = await linesOf(bytes, 1 << 18);
    expect(lines.map((line) => ('text' in line ? line.text : line.reason))).toEqual(['a', 'line_too_long', 'b']);
    expect(lines.map(({ number }) => number)).toEqual([1, 2, 3]);
  });

  it('drops a byte order mark, and knows a last line without an end', async () => {
    expect(await linesOf(Buffer.from('\ufeffa\r\nb'), 100)).toEqual([
      { number: 1, text: 'a' },
      { number: 2, text: 'b', unterminated: true },
    ]);
  });
});
