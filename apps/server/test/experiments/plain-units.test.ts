import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parseInstant } from '@tillcast/core/events/parse-time';
import type { Units } from '@tillcast/core/experiments/statistics/units';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { planOf } from '../../src/experiments/analyse-plan.ts';
import { openUnitFile } from '../../src/experiments/analyse-units.ts';
import { openPlainInstants, plainNumber } from '../../src/experiments/plain-cells.ts';

const folder = mkdtempSync(join(tmpdir(), 'tillcast-plain-units-'));
afterAll(() => rmSync(folder, { recursive: true }));

const cellOf = (text: string) => plainNumber(Buffer.from(`,${text},`), 1, text.length + 1);

describe('a plain number', () => {
  const shown = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.tuple(fc.integer({ min: -1e9, max: 1e9 }), fc.nat(99_999)).map(([whole, rest]) => `${whole}.${rest}`),
    fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }).map(String),
    fc.constantFrom(
      '0',
      '-0',
      '+7',
      '007',
      '5.',
      '0.1',
      '999999999999999',
      '1e5',
      '.5',
      '-',
      '',
      '1.2.3',
      '1 ',
      'inf',
      '0x1f',
      '1_0',
    ),
  );
  it('is the very double that the text stands for, or left to others', () => {
    fc.assert(
      fc.property(shown, (text) => {
        const read = cellOf(text);
        if (read !== undefined) expect(Object.is(read, Number(text))).toBe(true);
      }),
      { numRuns: 2_000, seed: 6 },
    );
    // What it is for is read; what may mean something else is not.
    expect(['12.5', '-3', '0', '007'].map(cellOf)).toEqual([12.5, -3, 0, 7]);
    expect(['', '-', '1e5', '.5', '1 ', '12345678901234567', '1.2.3'].map(cellOf)).toEqual(new Array(7).fill(undefined));
  });
});

it('a plain instant is the instant, whichever day was read before, or left to others', () => {
  const read = openPlainInstants();
  const digits = fc.integer({ min: 0, max: 99 }).map((n) => String(n).padStart(2, '0'));
  fc.assert(
    fc.property(fc.tuple(digits, digits, digits, digits, digits), ([month, day, hour, minute, second]) => {
      const text = `2024-${month}-${day}T${hour}:${minute}:${second}Z`;
      const found = read(Buffer.from(text), 0, text.length);
      if (found !== undefined) expect(found).toBe(parseInstant(text));
      else expect(parseInstant(text) === undefined || Number(second) === 60).toBe(true);
    }),
    { numRuns: 3_000, seed: 6 },
  );
  expect(read(Buffer.from('2024-02-29T12:00:00Z'), 0, 20)).toBe(Date.UTC(2024, 1, 29, 12));
  expect(read(Buffer.from('2023-02-29T12:00:00Z'), 0, 20)).toBeUndefined();
});

const cell = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('0', '1') },
  { weight: 1, arbitrary: fc.constantFrom('', ' 1', 'true', 'yes', '2', '1e0', '1.0') },
);
const amount = fc.oneof(
  { weight: 8, arbitrary: fc.nat(9_999).map((cents) => (cents / 100).toFixed(2)) },
  { weight: 1, arbitrary: fc.constantFrom('', ' 3.5 ', '1e3', 'Infinity', 'n/a', '123456789012345678.5', '-0', 'NaN') },
);
const when = fc.oneof(
  { weight: 8, arbitrary: fc.nat(23).map((hour) => `2026-11-20T${String(hour).padStart(2, '0')}:00:05Z`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('2026-11-20', '2026-11-20 10:00:00+02', '1763600000000', '2026-02-30T00:00:00Z', 'soon'),
  },
);
const row = fc.record({
  unit: fc.oneof(
    { weight: 9, arbitrary: fc.nat(60).map((n) => `u${n}`) },
    { weight: 1, arbitrary: fc.constantFrom(' u1', '', '  ') },
  ),
  variant: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom('a', 'b') },
    { weight: 1, arbitrary: fc.constantFrom('a ', '', 'c') },
  ),
  ...{ when, cell, amount },
  household: fc.nat(5).map((n) => `h${n}`),
  odd: fc.oneof({ weight: 20, arbitrary: fc.constant('') }, { weight: 1, arbitrary: fc.constantFrom(',9', '\n', '#cut') }),
});
type Row = Parameters<typeof linesOf>[0][number];

/** Lines of a table; `note` stands in a column that nobody asks about: quoted, it makes the whole block one that is read by the rules. */
function linesOf(
  rows: readonly { unit: string; variant: string; when: string; cell: string; amount: string; household: string; odd: string }[],
  note: string,
) {
  return rows.map(({ unit, variant, when: at, cell: bought, amount: paid, household, odd }) =>
    odd === '#cut' ? `${unit},${variant}` : `${unit},${variant},${at},${bought},${paid},${household},${note}${odd}`,
  );
}

async function read(name: string, lines: readonly string[], end: string): Promise<Units | string> {
  const file = join(folder, name);
  const text = `unit,variant,exposed_at,conversion,revenue,household,note\n${lines.join(end)}${end}`;
  writeFileSync(file, name.endsWith('.gz') ? gzipSync(text) : text);
  try {
    const table = await openUnitFile(file);
    return await table.read(
      planOf({ metrics: ['conversion', 'revenue'], variants: ['a', 'b'], cluster: 'household' }, table.columns),
    );
  } catch (error) {
    return (error as Error).message.replaceAll(file, 'FILE');
  }
}

describe('a table of plain text', () => {
  it.each([
    ['units.csv', '\n'],
    ['units.csv', '\r\n'],
    ['units.csv.gz', '\n'],
  ])('is read as by the rules of CSV, to the bit, and refused with the same words: %s %j', async (name, end) => {
    let [good, refused] = [0, 0];
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 25 }), async (rows: Row[]) => {
        const plain = await read(name, linesOf(rows, 'x'), end);
        expect(plain).toEqual(await read(name, linesOf(rows, '"x"'), end));
        if (typeof plain === 'string') refused++;
        else good++;
      }),
      { numRuns: 80, seed: 6 },
    );
    expect(good).toBeGreaterThan(10);
    expect(refused).toBeGreaterThan(10);
  });

  it('would be told apart were a single digit read wrong (planted)', async () => {
    const lines = ['u1,a,2026-11-20T10:00:05Z,1,12.34,h1,', 'u2,b,2026-11-20T10:00:05Z,0,,h2,'];
    const wrong = lines.map((line) => line.replace('12.34', '12.35'));
    expect(await read('one.csv', lines, '\n')).not.toEqual(await read('two.csv', wrong, '\n'));
    expect(await read('one.csv', ['u1,a,2026-11-20T10:00:05Z,3,1,h1,'], '\n')).toBe(
      'FILE, line 2: conversion is "3"; it must be 0 or 1 (for counts: kind: mean)',
    );
  });
});
