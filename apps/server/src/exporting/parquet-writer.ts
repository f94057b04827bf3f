import type { ShopEvent } from '@tillcast/core/events/event';
import { toRecord } from '@tillcast/core/events/record';
import type { EventWriter } from './event-writer.ts';
import { openTableWriter } from './table-writer.ts';

/** The columns of an exported table; moments are UTC without a zone, the context is JSON text. */
const columns = {
  event_id: 'VARCHAR',
  event: 'VARCHAR',
  event_time: 'TIMESTAMP',
  received_at: 'TIMESTAMP',
  user_id: 'VARCHAR',
  anonymous_id: 'VARCHAR',
  session_id: 'VARCHAR',
  items: 'STRUCT(item_id VARCHAR, category VARCHAR, brand VARCHAR, price DOUBLE, quantity INTEGER)[]',
  transaction_id: 'VARCHAR',
  value: 'DOUBLE',
  currency: 'VARCHAR',
  prediction_id: 'VARCHAR',
  consent: 'BOOLEAN',
  context: 'VARCHAR',
  tenant: 'VARCHAR',
  sequence: 'BIGINT',
  backfilled: 'BOOLEAN',
  mark: 'STRUCT(kind VARCHAR, rule VARCHAR, version VARCHAR)',
} as const;

/** Writes Parquet, in bounded memory. */
export function openParquetWriter(file: string): EventWriter {
  const rows = openTableWriter(file, columns);
  return { write: (event) => rows.write(tableRow(event)), finish: rows.finish, abandon: rows.abandon };
}

const tableRow = (event: ShopEvent): Record<string, unknown> => {
  const record = toRecord(event);
  return {
    ...record,
    event_time: withoutZone(record.event_time as string),
    received_at: withoutZone(record.received_at as string),
    ...(event.context !== undefined && { context: JSON.stringify(event.context) }),
  };
};

const withoutZone = (instant: string): string => instant.replace('T', ' ').replace('Z', '');
