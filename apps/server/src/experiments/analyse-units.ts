import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { parseInstant } from '@tillcast/core/events/parse-time';
import type { Fields } from '@tillcast/core/events/read-field';
import { collectUnits, type Units } from '@tillcast/core/experiments/statistics/units';
import { openRows } from '../importing/files/open-rows.ts';
import type { Row } from '../importing/files/row.ts';
import { parseCell } from '../trees/csv-number.ts';
import type { Registered } from './analyse-plan.ts';

/** A table of units that was opened. */
export interface UnitFile {
  readonly columns: readonly string[];
  /** Reads all rows, once; refuses the first that cannot be understood. */
  read(registered: Registered): Promise<Units>;
}

/** Amounts of which an empty cell says that nothing was bought. */
const amounts = ['revenue', 'orders', 'margin'];

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
      const reader = rowReader(registered, columns);
      for await (const block of rows.rows()) {
        for (const row of block) {
          const place = row.line === undefined ? `${file}, row ${row.index + 1}` : `${file}, line ${row.line}`;
          const fields = fieldsOf(row, place);
          if (fields !== undefined) collector.add(reader(fields, place), place);
        }
      }
      return collector.finish();
    },
  };
}

function fieldsOf(row: Row, place: string): Fields | undefined {
  if ('fields' in row) return row.fields;
  if (row.reason === 'empty_line') return undefined;
  throw invalid(place, row.problem);
}

function rowReader({ plan, numbers, cluster }: Registered, columns: readonly string[]) {
  const values = new Float64Array(numbers.length);
  const isTimed = columns.includes('exposed_at');
  const shares = new Set(plan.metrics.flatMap(({ shape }) => (shape.kind === 'proportion' ? [shape.column] : [])));
  return (fields: Fields, place: string) => {
    for (const [i, name] of numbers.entries()) {
      values[i] = numberOf(fields[name], name, place);
      if (amounts.includes(name) && Number.isNaN(values[i])) values[i] = 0;
      if (shares.has(name) && !(values[i] === 0 || values[i] === 1))
        throw invalid(place, `${name} is ${JSON.stringify(fields[name] ?? '')}; it must be 0 or 1 (for counts: kind: mean)`);
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

function textOf(value: unknown, name: string, place: string): string {
  const text = typeof value === 'string' ? value.trim() : value === undefined || value === null ? '' : String(value);
  if (text === '') throw invalid(place, `${name} is empty; every unit needs one`);
  return text;
}

/** NaN = empty. */
function numberOf(value: unknown, name: string, place: string): number {
  if (value === undefined || value === null) return Number.NaN;
  if (typeof value === 'boolean') return Number(value);
  const text = String(value);
  const number = /^(?:true|false)$/i.test(text) ? Number(text.toLowerCase() === 'true') : parseCell(text);
  if (number === undefined || Math.abs(number) === Number.POSITIVE_INFINITY)
    throw invalid(place, `${name} is ${JSON.stringify(text.slice(0, 60))}; it must be a finite number`);
  return number;
}

/** RFC 3339; a day, or a time without a zone, is UTC; whole numbers are epoch milliseconds. */
function instantOf(value: unknown, place: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  const text = String(value ?? '').trim();
  const zoned = text.replace(/([+-]\d{2})$/, '$1:00');
  const ms = parseInstant(text) ?? parseInstant(zoned) ?? parseInstant(`${text}Z`) ?? parseInstant(`${text}T00:00:00Z`);
  if (ms === undefined && /^\d{12,14}$/.test(text)) return Number(text);
  if (ms === undefined)
    throw invalid(place, `exposed_at is ${JSON.stringify(text.slice(0, 60))}; give an instant such as 2026-11-20T18:04:05Z`);
  return ms;
}

const invalid = (place: string, detail: string) => new TillcastError('INPUT_INVALID', `${place}: ${detail}`);
