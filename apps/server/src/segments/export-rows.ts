import { cell } from '../exporting/csv-cell.ts';
import { openTableWriter, type TableWriter } from '../exporting/table-writer.ts';
import { openTextWriter } from '../importing/text-writer.ts';
import type { Member } from './snapshot.ts';

/** Members in one part of a delivery. */
export const exportedAtOnce = 1_000;

/** The columns of an export and their types in Parquet; names as marketers know them. */
export const exportColumns = {
  user_id: 'VARCHAR',
  anonymous_id: 'VARCHAR',
  lifecycle: 'VARCHAR',
  rfm: 'VARCHAR',
  orders: 'DOUBLE',
  spend: 'DOUBLE',
  average_order_value: 'DOUBLE',
  days_since_order: 'DOUBLE',
  purchase_score: 'DOUBLE',
  expected_value: 'DOUBLE',
  churn_probability: 'DOUBLE',
  expected_orders: 'DOUBLE',
  predicted_clv: 'DOUBLE',
} as const;

/** One member as it leaves; null = not known. */
export type ExportRow = Readonly<Record<keyof typeof exportColumns, string | number | null>>;

/** What leaves of a member. */
export function exportRow({ shopper, facts }: Member): ExportRow {
  const id = shopper.slice(2);
  const alive = facts.chance_alive;
  const fact = (name: string): string | number | null => {
    const value = facts[name];
    return typeof value === 'string' || typeof value === 'number' ? value : null;
  };
  return {
    user_id: shopper.startsWith('u:') ? id : null,
    anonymous_id: shopper.startsWith('a:') ? id : null,
    ...{ lifecycle: fact('lifecycle'), rfm: fact('rfm'), orders: fact('orders'), spend: fact('spend') },
    average_order_value: fact('mean_order_value'),
    days_since_order: fact('days_since_order'),
    purchase_score: fact('probability'),
    expected_value: fact('expected_value'),
    churn_probability: typeof alive === 'number' ? 1 - alive : null,
    expected_orders: fact('expected_orders'),
    predicted_clv: fact('clv'),
  };
}

/** The members of a segment as they leave; who refused consent stays. */
export async function* exportRows(members: AsyncIterable<Member>, segment: string): AsyncGenerator<ExportRow> {
  for await (const member of members)
    if (member.facts.consent !== false && member.segments.includes(segment)) yield exportRow(member);
}

export const exportFormats = ['csv', 'parquet'] as const;
export type ExportFormat = (typeof exportFormats)[number];

const names = Object.keys(exportColumns) as (keyof typeof exportColumns)[];

/** For spreadsheets: a text that one would take for a formula gets an apostrophe in front. */
function openCsv(file: string): TableWriter {
  const writer = openTextWriter(file);
  writer.write(`${names.join(',')}\r\n`);
  return {
    write: (row) => writer.write(`${names.map((name) => cell(row[name] ?? undefined)).join(',')}\r\n`),
    finish: async () => writer.finish(),
    abandon: writer.abandon,
  };
}

/** Writes rows to a file that appears whole; answers how many. */
export async function writeExport(file: string, format: ExportFormat, rows: AsyncIterable<ExportRow>): Promise<number> {
  const writer = format === 'csv' ? openCsv(file) : openTableWriter(file, exportColumns);
  let written = 0;
  try {
    for await (const row of rows) {
      writer.write(row);
      written++;
    }
    await writer.finish();
  } finally {
    writer.abandon();
  }
  return written;
}
