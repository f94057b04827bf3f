import type { Name } from '@tillcast/core/experiments/statistics/name-index';
import type { UnitCollector } from '@tillcast/core/experiments/statistics/units';
import type { Registered } from './analyse-plan.ts';
import { openPlainInstants, plainNumber, standsAt } from './plain-cells.ts';
import { instantOf, numberOf, textOf } from './unit-cells.ts';
import { openNumberRules } from './unit-numbers.ts';

/** A unit table in plain text: no quote, nothing but ASCII. */
export interface PlainTable {
  readonly file: string;
  readonly columns: readonly string[];
  readonly delimiter: string;
}

/** Reads blocks of plain lines; a line with more or fewer cells than columns is handed to `onOther`. Answers how many lines there were. */
export type ReadPlain = (bytes: Buffer, firstLine: number, onOther: (line: string, number: number) => void) => number;

const [lineFeed, carriageReturn, space] = [10, 13, 32];
/** Names kept to be compared with; more variants than that are a mistaken column, and refused elsewhere. */
const mostVariants = 200;

/** Opens the reader: each row goes to the collector as rows do that are read cell by cell, and is refused with the same words. */
export function openPlainUnits(
  { file, columns, delimiter }: PlainTable,
  { plan, numbers, cluster }: Registered,
  collector: UnitCollector,
): ReadPlain {
  const cut = delimiter.charCodeAt(0);
  const width = columns.length;
  /** Where each cell begins; the next one's beginning − 1 is its end. */
  const starts = new Int32Array(width + 1);
  const values = new Float64Array(numbers.length);
  const places = Int32Array.from(numbers, (name) => columns.indexOf(name));
  const [unitAt, variantAt, timeAt] = ['unit', 'variant', 'exposed_at'].map((name) => columns.indexOf(name)) as [
    number,
    number,
    number,
  ];
  const clusterAt = cluster === undefined ? -1 : columns.indexOf(cluster);
  const rules = openNumberRules(plan, numbers);
  const plainInstant = openPlainInstants();
  const variants: string[] = [];
  let line = 0;
  const place = (): string => `${file}, line ${line}`;
  const name = { bytes: new Uint8Array() as Uint8Array, from: 0, to: 0 };
  const row = { unit: name as Name, variant: '', exposedAtMs: Number.NaN, values, ...(cluster !== undefined && { cluster: '' }) };

  /** Where the cells of a line begin; false = there are not as many as columns. */
  function splits(bytes: Buffer, from: number, to: number): boolean {
    let cells = 1;
    starts[0] = from;
    for (let at = from; at < to; at++) {
      if (bytes[at] !== cut) continue;
      if (cells === width) return false;
      starts[cells++] = at + 1;
    }
    starts[width] = to + 1;
    return cells === width;
  }

  const endOf = (column: number): number => starts[column + 1]! - 1;
  const cellOf = (bytes: Buffer, column: number): string => bytes.toString('latin1', starts[column]!, endOf(column));

  /** Whether a cell holds something, and no blank at either end. */
  function isTrimmed(bytes: Buffer, column: number): boolean {
    const [from, to] = [starts[column]!, endOf(column)];
    return to > from && bytes[from]! > space && bytes[to - 1]! > space;
  }

  const textAt = (bytes: Buffer, column: number, name: string): string =>
    isTrimmed(bytes, column) ? cellOf(bytes, column) : textOf(cellOf(bytes, column), name, place);

  /** A variant's name: one text for all its rows. */
  function variantOf(bytes: Buffer): string {
    const from = starts[variantAt]!;
    const length = endOf(variantAt) - from;
    for (const known of variants) if (known.length === length && standsAt(bytes, from, known)) return known;
    const name = textAt(bytes, variantAt, 'variant');
    if (variants.length < mostVariants) variants.push(name);
    return name;
  }

  function setName(bytes: Buffer): void {
    if (isTrimmed(bytes, unitAt)) {
      name.bytes = bytes;
      name.from = starts[unitAt]!;
      name.to = endOf(unitAt);
      row.unit = name;
    } else row.unit = textOf(cellOf(bytes, unitAt), 'unit', place);
  }

  function take(bytes: Buffer): void {
    for (let i = 0; i < values.length; i++) {
      const column = places[i]!;
      const said = plainNumber(bytes, starts[column]!, endOf(column)) ?? numberOf(cellOf(bytes, column), numbers[i]!, place);
      const counted = rules.countedAs(said, i);
      if (counted === undefined) throw rules.refusal(i, cellOf(bytes, column), place());
      values[i] = counted;
    }
    // Almost every unit is new, and none is named again: its name is not made a text of where it need not be.
    setName(bytes);
    row.variant = variantOf(bytes);
    if (timeAt >= 0)
      row.exposedAtMs = plainInstant(bytes, starts[timeAt]!, endOf(timeAt)) ?? instantOf(cellOf(bytes, timeAt), place);
    if (cluster !== undefined) row.cluster = textAt(bytes, clusterAt, cluster);
    collector.add(row, place);
  }

  return (bytes, firstLine, onOther) => {
    line = firstLine;
    for (let from = 0; from <= bytes.length; line++) {
      const found = bytes.indexOf(lineFeed, from);
      const end = found < 0 ? bytes.length : found;
      const to = end > from && bytes[end - 1] === carriageReturn ? end - 1 : end;
      if (to > from) {
        if (splits(bytes, from, to)) take(bytes);
        else onOther(bytes.toString('latin1', from, to), line);
      }
      from = end + 1;
    }
    return line - firstLine;
  };
}
