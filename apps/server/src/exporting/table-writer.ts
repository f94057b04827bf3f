import { chmodSync, closeSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { openJsonlWriter } from '../importing/jsonl-writer.ts';
import { renameDurably, temporaryFor } from '../importing/text-writer.ts';

/** Rows on their way into a file that appears whole when it is finished, and not at all when it is abandoned. */
export interface TableWriter {
  /** One row by column; what is left out is null. */
  write(row: Readonly<Record<string, unknown>>): void;
  finish(): Promise<void>;
  abandon(): void;
}

/** Writes Parquet by columns and DuckDB types: rows are spooled as JSON lines beside the target, then turned into columns, so that memory stays bounded. */
export function openTableWriter(file: string, columns: Readonly<Record<string, string>>): TableWriter {
  const spool = `${file}.spool`;
  const rows = openJsonlWriter(spool);
  return {
    write: rows.write,
    async finish() {
      rows.finish();
      const temporary = temporaryFor(file);
      try {
        await convert(spool, temporary, columns);
        renameDurably(temporary, file);
      } finally {
        rmSync(spool, { force: true });
        rmSync(temporary, { force: true });
      }
    },
    abandon: rows.abandon,
  };
}

async function convert(spool: string, target: string, columns: Readonly<Record<string, string>>): Promise<void> {
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
