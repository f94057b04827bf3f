import { type DuckDBConnection, DuckDBInstance, JsonDuckDBValueConverter } from '@duckdb/node-api';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Fields } from '@tillcast/core/events/read-field';
import { inDuckDb, sqlText } from '../../duckdb.ts';
import { canonicalJson, withoutNulls } from './json.ts';
import { inspect, unreadable } from './open-bytes.ts';
import { checkColumns } from './open-csv.ts';
import type { GoodRow, RowFile } from './row.ts';

/** Opens a Parquet file through DuckDB, which streams it chunk by chunk. 64-bit integers arrive as text, so that 19-digit ids stay whole. */
export async function openParquet(file: string, needs: readonly string[]): Promise<RowFile> {
  const { head } = inspect(file);
  if (head.subarray(0, 4).toString('latin1') !== 'PAR1')
    throw unreadable(file, 'it is named .parquet but does not begin like one');
  if (/[*?[\]]/.test(file)) throw unreadable(file, 'a Parquet path must not hold * ? [ ]; rename it');
  const table = `read_parquet(${sqlText(file)})`;
  const { columns, total } = await lookInto(file, async (connection) => {
    const described = await connection.runAndReadAll(`select * from ${table} limit 0`);
    const counted = await connection.runAndReadAll(`select count(*) from ${table}`);
    return { columns: described.columnNames(), total: Number(counted.value(0, 0)) };
  });
  checkColumns(file, columns, needs);
  let index = 0;
  return {
    columns,
    canonical: canonicalJson,
    share: () => (total === 0 ? 1 : index / total),
    async *rows() {
      const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '512MB' });
      const connection = await instance.connect();
      try {
        const result = await connection.stream(`select * from ${table}`);
        for await (const rows of result.yieldConvertedRowObjects(JsonDuckDBValueConverter)) {
          yield rows.map((row): GoodRow => ({ index: index++, fields: withoutNulls(row as Fields) }));
        }
      } catch (error) {
        throw unreadable(file, `the Parquet file is damaged or cut off after row ${index} (${(error as Error).message})`, error);
      } finally {
        connection.closeSync();
        instance.closeSync();
      }
    },
  };
}

const lookInto = <T>(file: string, use: (connection: DuckDBConnection) => Promise<T>): Promise<T> =>
  inDuckDb({ threads: '1' }, use).catch((error: unknown) => {
    if (error instanceof TillcastError) throw error;
    throw unreadable(file, `the Parquet file is damaged or cut off (${(error as Error).message})`, error);
  });
