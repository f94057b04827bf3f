import { chmodSync } from 'node:fs';
import { inDuckDb, sqlText } from '../duckdb.ts';
import { syncFile } from '../durable.ts';

/** Turns JSON lines into Parquet, in their order, in bounded memory; `columns` are DuckDB types by name. The file is its owner's alone, and on disk. */
export async function linesToParquet(lines: string, target: string, columns: Readonly<Record<string, string>>): Promise<void> {
  const types = Object.entries(columns).map(([name, type]) => `${name}: '${type}'`);
  await inDuckDb({ threads: '1', memory_limit: '512MB', preserve_insertion_order: 'true' }, (connection) =>
    connection.run(
      `copy (select * from read_json(${sqlText(lines)}, format = 'newline_delimited', columns = {${types.join(', ')}}))
       to ${sqlText(target)} (format parquet, compression zstd, row_group_size 100000)`,
    ),
  );
  chmodSync(target, 0o600);
  syncFile(target);
}
