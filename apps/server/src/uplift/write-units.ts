import { renameSync, rmSync } from 'node:fs';
import { DOUBLE, type DuckDBDataChunk, DuckDBTableFunction, type DuckDBType, FLOAT, INTEGER } from '@duckdb/node-api';
import { inDuckDb, sqlText } from '../duckdb.ts';
import type { ExperimentUnits } from './units.ts';

/** DuckDB's vector size: the most rows of one chunk. */
const CHUNK_ROWS = 2_048;

/** A column of a table that is written: its name, its type, and its value in a given row. */
export type Column = readonly [name: string, type: DuckDBType, value: (row: number) => number | string];

/** Writes the units as the trainer reads them. */
export const writeUnits = (path: string, units: ExperimentUnits): Promise<void> =>
  writeColumns(path, columnsOf(units), units.count);

/** Writes columns as Parquet under a temporary name, then renames it: the file is whole or not there. */
export async function writeColumns(path: string, columns: readonly Column[], count: number): Promise<void> {
  const scratch = `${path}.tmp-${process.pid}`;
  try {
    await inDuckDb({ threads: '1' }, (connection) => {
      connection.registerTableFunction(scan(columns, count));
      return connection.run(`copy (select * from units()) to ${sqlText(scratch)} (format parquet, compression snappy)`);
    });
    renameSync(scratch, path);
  } finally {
    rmSync(scratch, { force: true });
  }
}

function columnsOf({
  featureNames,
  features,
  arms,
  arm,
  propensities,
  bought,
  profit,
  fold,
}: ExperimentUnits): readonly Column[] {
  const width = featureNames.length;
  return [
    ...featureNames.map((name, i): Column => [name, FLOAT, (row) => features[row * width + i]!]),
    ...arms.map((_, i): Column => [`propensity_${i}`, DOUBLE, (row) => propensities[row * arms.length + i]!]),
    ['arm', INTEGER, (row) => arm[row]!],
    ['bought', INTEGER, (row) => bought[row]!],
    ['profit', DOUBLE, (row) => profit[row]!],
    ['fold', INTEGER, (row) => fold[row]!],
    ['row', INTEGER, (row) => row],
  ];
}

function scan(columns: readonly Column[], count: number): DuckDBTableFunction {
  let next = 0;
  return DuckDBTableFunction.create({
    name: 'units',
    bindFunction(info) {
      for (const [name, type] of columns) info.addResultColumn(name, type);
      info.setCardinality(count, true);
    },
    // One thread: the chunks come, and are written, in the order of the rows.
    initFunction: (info) => info.setMaxThreads(1),
    mainFunction(info, chunk) {
      try {
        const rows = Math.min(CHUNK_ROWS, count - next);
        chunk.rowCount = rows;
        if (rows === 0) return;
        for (const [index, [, , value]] of columns.entries()) fill(chunk, index, rows, (row) => value(next + row));
        next += rows;
      } catch (error) {
        info.setError(String(error));
      }
    },
  });
}

function fill(chunk: DuckDBDataChunk, column: number, rows: number, value: (row: number) => number | string): void {
  const vector = chunk.getColumnVector(column);
  for (let row = 0; row < rows; row++) vector.setItem(row, value(row));
  vector.flush();
}
