import { renameSync, rmSync } from 'node:fs';
import {
  BIGINT,
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBTableFunction,
  type DuckDBType,
  type DuckDBValue,
  type DuckDBVector,
  FLOAT,
  INTEGER,
  TINYINT,
  VARCHAR,
} from '@duckdb/node-api';
import { NONE } from '@tillcast/core/learning/labels';
import type { RowTable } from '@tillcast/core/learning/rows';
import { type Splits, splitNames } from '@tillcast/core/learning/splits';
import { inDuckDb, sqlText } from '../duckdb.ts';
import { syncFile } from '../durable.ts';
import type { StagedRows } from './staged-rows.ts';

/** A finished training table, about to become a file (contracts/training-table.md). */
export interface TrainingTable {
  readonly features: readonly string[];
  readonly staged: Pick<StagedRows, 'read'>;
  readonly rows: RowTable;
  readonly splits: Splits;
  /** The cold-start rung of a row; default `behavioural`: each row of a replay has a trigger, so each shopper some behaviour. */
  readonly rung?: (row: number) => string;
  /** Goes into the file as the key `tillcast`. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** DuckDB's vector size: the most rows of one chunk. */
const CHUNK_ROWS = 2_048;

/**
 * Writes the table as Parquet under a temporary name, then renames it: the file is whole or not there.
 * DuckDB pulls chunk after chunk out of a table function, so memory holds one row group, not the table.
 */
export async function writeTrainingTable(path: string, table: TrainingTable): Promise<void> {
  const scratch = `${path}.tmp-${process.pid}`;
  try {
    await inDuckDb({ threads: '1' }, (connection) => {
      connection.registerTableFunction(scan(table));
      return copyTo(connection, scratch, table.metadata);
    });
    syncFile(scratch);
    renameSync(scratch, path);
  } finally {
    rmSync(scratch, { force: true });
  }
}

async function copyTo(connection: DuckDBConnection, path: string, metadata: Readonly<Record<string, unknown>>): Promise<void> {
  const options = `format parquet, compression snappy, row_group_size 122880, kv_metadata {tillcast: ${sqlText(JSON.stringify(metadata))}}`;
  await connection.run(`copy (select * from training_rows()) to ${sqlText(path)} (${options})`);
}

/** A column of the row itself: its value in a given row. */
type RowColumn = readonly [name: string, type: DuckDBType, value: (row: number) => DuckDBValue];

function rowColumns({ rows, splits, rung = () => 'behavioural' }: TrainingTable): readonly RowColumn[] {
  const text = (texts: readonly string[], codes: Int32Array) => (row: number) =>
    codes[row] === NONE ? null : texts[codes[row]!]!;
  return [
    ['row', INTEGER, (row) => row],
    ['t', BIGINT, (row) => BigInt(rows.t[row]!)],
    ['group', VARCHAR, text(rows.groups, rows.group)],
    ['session', VARCHAR, text(rows.sessions, rows.session)],
    ['item', VARCHAR, text(rows.items, rows.item)],
    ['category', VARCHAR, text(rows.categories, rows.category)],
    ['rung', VARCHAR, rung],
    ['label', TINYINT, (row) => rows.label[row]!],
    ['label_net', TINYINT, (row) => (rows.labelNet[row] === NONE ? null : rows.labelNet[row]!)],
    ['split', VARCHAR, (row) => splitNames[splits.split[row]!]!],
    ['fold', TINYINT, (row) => splits.fold[row]!],
  ];
}

function scan(table: TrainingTable): DuckDBTableFunction {
  const columns = rowColumns(table);
  const width = table.features.length;
  const buffer = new Float32Array(CHUNK_ROWS * width);
  let next = 0;
  return DuckDBTableFunction.create({
    name: 'training_rows',
    bindFunction(info) {
      for (const name of table.features) info.addResultColumn(name, FLOAT);
      for (const [name, type] of columns) info.addResultColumn(name, type);
      info.setCardinality(table.rows.rows, true);
    },
    // One thread: the chunks come, and are written, in the order of the rows.
    initFunction: (info) => info.setMaxThreads(1),
    mainFunction(info, chunk) {
      try {
        const count = Math.min(CHUNK_ROWS, table.rows.rows - next);
        chunk.rowCount = count;
        if (count === 0) return;
        const features = buffer.subarray(0, count * width);
        table.staged.read(next, features);
        fillFeatures(chunk, features, width, count);
        for (const [index, [, , value]] of columns.entries()) fill(chunk.getColumnVector(width + index), next, count, value);
        next += count;
      } catch (error) {
        info.setError(String(error));
      }
    },
  });
}

// The number of rows comes along because asking the chunk for it is a call into DuckDB, once a value.
function fillFeatures(chunk: DuckDBDataChunk, features: Float32Array, width: number, count: number): void {
  for (let column = 0; column < width; column++) {
    const vector = chunk.getColumnVector(column);
    for (let row = 0; row < count; row++) vector.setItem(row, features[row * width + column]!);
    vector.flush();
  }
}

function fill(vector: DuckDBVector, firstRow: number, count: number, value: (row: number) => DuckDBValue): void {
  for (let row = 0; row < count; row++) vector.setItem(row, value(firstRow + row));
  vector.flush();
}
