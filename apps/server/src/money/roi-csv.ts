import type { RoiAnswer } from '@tillcast/api/reports';
import { cell } from '../exporting/csv-cell.ts';

type Three = readonly [number, number, number];

/** A row of the ledger: a line, or the total, by the end of a day. */
export interface RoiRow {
  readonly line: string;
  readonly day: string;
  readonly treated_units: number | null;
  readonly reference_units: number | null;
  readonly incremental_margin_cents: Three;
  readonly treatment_cost_cents: number;
  readonly discount_cost_cents: number;
  readonly serving_cost_cents: number;
  readonly net_cents: Three;
}

const columns = [
  ...['line', 'day', 'treated_units', 'reference_units'],
  ...['incremental_margin_cents', 'incremental_margin_low_cents', 'incremental_margin_high_cents'],
  ...['treatment_cost_cents', 'discount_cost_cents', 'serving_cost_cents', 'net_cents', 'net_low_cents', 'net_high_cents'],
];

/** Rows as CSV (RFC 4180), cumulative by day. */
export function roiCsv(rows: readonly RoiRow[]): string {
  const lines = rows.map((row) => [
    ...[row.line, row.day, row.treated_units ?? undefined, row.reference_units ?? undefined],
    ...row.incremental_margin_cents,
    ...[row.treatment_cost_cents, row.discount_cost_cents, row.serving_cost_cents],
    ...row.net_cents,
  ]);
  return [columns, ...lines].map((cells) => `${cells.map(cell).join(',')}\r\n`).join('');
}

/** Every row of a report: the lines', then the total's. */
export const rowsOfRoi = ({ lines, total }: Pick<RoiAnswer, 'lines' | 'total'>): readonly RoiRow[] => [
  ...lines.flatMap(({ id, days }) => days.map((day) => ({ line: id, ...day }))),
  ...(total?.days ?? []),
];
