import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { inDuckDb, sqlName, sqlText } from '../duckdb.ts';

/** The splits of contracts/training-table.md. */
export type Split = 'train' | 'stop' | 'blend' | 'validate' | 'test' | 'embargo';
export type LabelColumn = 'label' | 'label_net';

/** What a training table says of itself: its key-value metadata, and what each split holds. */
export interface TableInfo {
  readonly target: 'item' | 'session';
  readonly horizonMs: number;
  readonly refundWindowMs: number;
  readonly timeZone: string;
  readonly sessionGapMs: number;
  readonly dataFromMs: number;
  readonly dataUntilMs: number;
  readonly features: readonly string[];
  readonly catalogueHash: string;
  readonly counts: { readonly events: number; readonly rows: number; readonly censored: number; readonly positives: number };
  readonly splits: Readonly<Partial<Record<Split, SplitInfo>>>;
}

export interface SplitInfo {
  readonly rows: number;
  readonly positives: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Rows of a training table, features laid out row after row in the order asked for. */
export interface Table {
  readonly rowCount: number;
  readonly matrix: Float32Array;
  readonly row: Int32Array;
  readonly t: Float64Array;
  readonly group: readonly string[];
  readonly category: readonly (string | null)[];
  readonly rung: readonly string[];
  readonly label: Uint8Array;
  readonly fold: Uint8Array;
  readonly split: readonly Split[];
}

function withDuckDb<T>(path: string, use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  return inDuckDb({ threads: '2' }, use).catch((error: unknown) => {
    if (error instanceof TillcastError) throw error;
    throw new TillcastError('FILE_NOT_READABLE', `${path}: ${(error as Error).message}`, { cause: error });
  });
}

const rowsOf = async (connection: DuckDBConnection, sql: string): Promise<Record<string, unknown>[]> =>
  (await connection.runAndReadAll(sql)).getRowObjectsJS();

async function readMetadata(connection: DuckDBConnection, path: string): Promise<Omit<TableInfo, 'splits'>> {
  const [found] = await rowsOf(
    connection,
    `select decode(value) as json from parquet_kv_metadata(${sqlText(path)}) where decode(key) = 'tillcast'`,
  );
  if (found === undefined)
    throw new TillcastError(
      'INPUT_INVALID',
      `${path} is no training table: it lacks the metadata "tillcast"; make one with "tillcast dataset"`,
    );
  return JSON.parse(String(found.json)) as Omit<TableInfo, 'splits'>;
}

/** Reads what a training table says of itself, and counts its splits under a label. */
export function describeTable(path: string, label: LabelColumn = 'label'): Promise<TableInfo> {
  return withDuckDb(path, async (connection) => {
    const metadata = await readMetadata(connection, path);
    const counts = await rowsOf(
      connection,
      `select split, count(*)::double as rows, sum(${label})::double as positives, min(t)::double as "fromMs", max(t)::double as "untilMs"
       from read_parquet(${sqlText(path)}) where ${label} is not null group by split`,
    );
    const splits = Object.fromEntries(counts.map(({ split, ...info }) => [split, info])) as unknown as TableInfo['splits'];
    return { ...metadata, splits };
  });
}

interface Columns {
  readonly features: readonly string[];
  readonly label: LabelColumn;
}

/** Copies one DuckDB chunk into the table being filled, from row `at` on. */
function copyChunk(
  chunk: DuckDBDataChunk,
  table: Table & { group: string[]; category: (string | null)[]; rung: string[]; split: Split[] },
  at: number,
): void {
  const width = table.matrix.length / table.rowCount;
  for (let column = 0; column < width; column++) {
    const vector = chunk.getColumnVector(column);
    for (let r = 0; r < chunk.rowCount; r++)
      table.matrix[(at + r) * width + column] = (vector.getItem(r) as number | null) ?? Number.NaN;
  }
  const column = (offset: number) => chunk.getColumnVector(width + offset);
  const [row, t, group, category, rung, label, fold, split] = [0, 1, 2, 3, 4, 5, 6, 7].map(column);
  for (let r = 0; r < chunk.rowCount; r++) {
    table.row[at + r] = Number(row!.getItem(r));
    table.t[at + r] = Number(t!.getItem(r));
    table.group.push(String(group!.getItem(r)));
    table.category.push(category!.getItem(r) as string | null);
    table.rung.push(String(rung!.getItem(r)));
    table.label[at + r] = Number(label!.getItem(r));
    table.fold[at + r] = Number(fold!.getItem(r));
    table.split.push(String(split!.getItem(r)) as Split);
  }
}

/** Reads the rows of some splits, in file order; rows whose label has not matured are left out. */
export function readTable(path: string, splits: readonly Split[], { features, label }: Columns): Promise<Table> {
  return withDuckDb(path, async (connection) => {
    const where = `from read_parquet(${sqlText(path)}) where ${label} is not null and split in (${splits.map(sqlText).join(', ')})`;
    const [counted] = await rowsOf(connection, `select count(*)::double as n ${where}`);
    const rowCount = Number(counted?.n ?? 0);
    const table = {
      rowCount,
      matrix: new Float32Array(rowCount * features.length),
      row: new Int32Array(rowCount),
      t: new Float64Array(rowCount),
      label: new Uint8Array(rowCount),
      fold: new Uint8Array(rowCount),
      ...{ group: [] as string[], category: [] as (string | null)[], rung: [] as string[], split: [] as Split[] },
    };
    const columns = [...features.map(sqlName), 'row', 't', '"group"', 'category', 'rung', label, 'fold', 'split'];
    const result = await connection.stream(`select ${columns.join(', ')} ${where} order by row`);
    let at = 0;
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      copyChunk(chunk, table, at);
      at += chunk.rowCount;
    }
    return table;
  });
}

/** Out-of-fold raw scores: `row` of the training table, then a column a member. */
export interface OutOfFold {
  readonly row: Int32Array;
  readonly raw: Readonly<Record<string, Float64Array>>;
}

/** Reads the trainer's out-of-fold file, contracts/training-result.schema.json. */
export function readOutOfFold(path: string, members: readonly string[]): Promise<OutOfFold> {
  return withDuckDb(path, async (connection) => {
    const rows = await rowsOf(
      connection,
      `select row, ${members.map(sqlName).join(', ')} from read_parquet(${sqlText(path)}) order by row`,
    );
    const column = (member: string) => Float64Array.from(rows, (one) => Number(one[member]));
    return {
      row: Int32Array.from(rows, (one) => Number(one.row)),
      raw: Object.fromEntries(members.map((member) => [member, column(member)])),
    };
  });
}
