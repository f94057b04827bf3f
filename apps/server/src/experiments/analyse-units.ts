import { isAscii } from 'node:buffer';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Fields } from '@tillcast/core/events/read-field';
import { collectUnits, type UnitCollector, type Units } from '@tillcast/core/experiments/statistics/units';
import { CsvRecords } from '../importing/files/csv-records.ts';
import { toRow } from '../importing/files/open-csv.ts';
import { openRows } from '../importing/files/open-rows.ts';
import { type Block, linesOf } from '../importing/files/read-lines.ts';
import type { Row, RowFile } from '../importing/files/row.ts';
import type { Registered } from './analyse-plan.ts';
import { openPlainUnits } from './plain-units.ts';
import { instantOf, invalid, numberOf, type PlaceOf, textOf } from './unit-cells.ts';
import { openNumberRules } from './unit-numbers.ts';

/** A table of units that was opened. */
export interface UnitFile {
  readonly columns: readonly string[];
  /** Reads all rows, once; refuses the first that cannot be understood. */
  read(registered: Registered): Promise<Units>;
}

/** Opens a unit table, CSV (also .gz) or Parquet: `unit, variant, exposed_at?, conversion, revenue?, pre_*?` and further numbers. */
export async function openUnitFile(file: string): Promise<UnitFile> {
  const rows = await openRows(file, { needs: ['unit', 'variant'] });
  const { columns } = rows;
  if (columns === undefined)
    throw new TillcastError('INPUT_INVALID', `${file}: a unit table must be CSV or Parquet, with named columns`);
  return {
    columns,
    async read(registered) {
      const collector = collectUnits(registered.numbers, registered.arms);
      const take = rowTaker(file, columns, registered, collector);
      if (rows.csv !== undefined) await readCsv(file, rows.csv, columns, { registered, collector, take });
      else for await (const block of rows.rows()) for (const row of block) take(row);
      return collector.finish();
    },
  };
}

/** Where rows go. */
interface Taking {
  readonly registered: Registered;
  readonly collector: UnitCollector;
  readonly take: (row: Row) => void;
}

/** Reads a CSV file: blocks of plain text in place, any other by the rules of CSV, line by line. */
async function readCsv(
  file: string,
  { delimiter, blocks }: NonNullable<RowFile['csv']>,
  columns: readonly string[],
  { registered, collector, take }: Taking,
): Promise<void> {
  const records = new CsvRecords(delimiter);
  const plain = openPlainUnits({ file, columns, delimiter }, registered, collector);
  let [number, isHeader] = [0, true];
  const takeAll = (found: ReturnType<CsvRecords['push']>): void => {
    for (const record of found) {
      if (isHeader) isHeader = false;
      else take(toRow(record, 0, columns));
    }
  };
  const byTheRules = (block: Block): void => {
    const lines = linesOf(block, number + 1);
    number += lines.length;
    takeAll(records.push(lines));
  };
  for await (const block of blocks()) {
    // A line feed inside a quoted cell is no line's end: such a block, and one that begins in the middle of a record, is read by the rules.
    const isPlain = block.kind === 'lines' && !records.isOpen && isAscii(block.bytes) && !block.bytes.includes(0x22);
    if (!isPlain) byTheRules(block);
    else {
      const rest = isHeader ? afterFirstLine(block, byTheRules) : block.bytes;
      const other = (text: string, at: number): void => takeAll(records.push([{ number: at, text }]));
      if (rest !== undefined) number += plain(rest, number + 1, other);
    }
  }
  takeAll(records.end());
}

/** Hands the first line over, and answers what follows it; undefined = nothing. */
function afterFirstLine({ bytes }: Block, take: (block: Block) => void): Buffer | undefined {
  const end = bytes.indexOf('\n');
  take({ bytes: end < 0 ? bytes : bytes.subarray(0, end), kind: 'lines' });
  return end < 0 ? undefined : bytes.subarray(end + 1);
}

/** Takes a row cell by cell. */
function rowTaker(file: string, columns: readonly string[], registered: Registered, collector: UnitCollector) {
  const reader = rowReader(registered, columns);
  return (row: Row): void => {
    const place = (): string => (row.line === undefined ? `${file}, row ${row.index + 1}` : `${file}, line ${row.line}`);
    const fields = fieldsOf(row, place);
    if (fields !== undefined) collector.add(reader(fields, place), place);
  };
}

function fieldsOf(row: Row, place: PlaceOf): Fields | undefined {
  if ('fields' in row) return row.fields;
  if (row.reason === 'empty_line') return undefined;
  throw invalid(place(), row.problem);
}

function rowReader({ plan, numbers, cluster }: Registered, columns: readonly string[]) {
  const values = new Float64Array(numbers.length);
  const isTimed = columns.includes('exposed_at');
  const rules = openNumberRules(plan, numbers);
  return (fields: Fields, place: PlaceOf) => {
    for (const [i, name] of numbers.entries()) {
      const counted = rules.countedAs(numberOf(fields[name], name, place), i);
      if (counted === undefined) throw rules.refusal(i, fields[name], place());
      values[i] = counted;
    }
    return {
      unit: textOf(fields.unit, 'unit', place),
      variant: textOf(fields.variant, 'variant', place),
      exposedAtMs: isTimed ? instantOf(fields.exposed_at, place) : Number.NaN,
      values,
      ...(cluster !== undefined && { cluster: textOf(fields[cluster], cluster, place) }),
    };
  };
}
