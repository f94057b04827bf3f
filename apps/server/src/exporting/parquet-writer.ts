import { chmodSync, closeSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import type { ShopEvent } from '@tillcast/core/events/event';
import { toRecord } from '@tillcast/core/events/record';
import { openJsonlWriter } from '../importing/jsonl-writer.ts';
import { renameDurably, temporaryFor } from '../importing/text-writer.ts';
import type { EventWriter } from './event-writer.ts';

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

/** Writes Parquet: rows are spooled as JSON lines beside the target, then turned into columns by DuckDB, so that memory stays bounded. */
export function openParquetWriter(file: string): EventWriter {
  const spool = `${file}.spool`;
  const rows = openJsonlWriter(spool);
  return {
    write: (event) => rows.write(tableRow(event)),
    async finish() {
      rows.finish();
      const temporary = temporaryFor(file);
      try {
        await convert(spool, temporary);
        renameDurably(temporary, file);
      } finally {
        rmSync(spool, { force: true });
        rmSync(temporary, { force: true });
      }
    },
    abandon: rows.abandon,
  };
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

async function convert(spool: string, target: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '512MB' });
  const connection = await instance.connect();
  try {
    const types = Object.entries(columns).map(([name, type]) => `${name}: '${type}'`);
    await connection.run(
      `copy (select * from read_json(${quoted(spool)}, format = 'newline_delimited', columns = {${types.join(', ')}}))
       to ${quoted(target)} (format parquet, compression zstd, row_group_size 100000)`,
    );
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  chmodSync(target, 0o600);
  const descriptor = openSync(target, 'r+');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
