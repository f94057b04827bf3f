import type {
  FeatureColumns,
  LoggedPrediction,
  PredictionLabel,
  PredictionQuery,
  PredictionRecord,
} from '@tillcast/core/ports/prediction-log';
import type { Database } from 'better-sqlite3';
import { openByteWriter } from '../prediction-log/byte-writer.ts';
import { decidedAt, decodePrediction, readPredictionHead, writePrediction } from '../prediction-log/prediction-bytes.ts';
import { type LabelRow, labelColumns, labelOf } from './label-row.ts';

/** A line as it is stored, with its current label where it has one. */
interface LineRow extends LabelRow {
  readonly askedAtMs: number;
  readonly predictionId: string;
  readonly body: Uint8Array;
}

const lineColumns = `p.asked_at_ms as askedAtMs, p.prediction_id as predictionId, p.body, ${labelColumns}`;
const withLabel = 'prediction p left join label l on l.line = p.line and l.version = p.version';

/** Records as bytes, one after the other, and what their columns are called, each set once: what is handed from thread to thread. */
export interface StoredLines {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each line ends. */
  readonly ends: Uint32Array;
  readonly columns: readonly FeatureColumns[];
}

const laid = openByteWriter(65_536);

/** Makes the lines of records. */
export function storedLines(records: readonly PredictionRecord[]): StoredLines {
  const columns = new Map<string, FeatureColumns>();
  const ends = new Uint32Array(records.length);
  laid.begin();
  for (const [index, record] of records.entries()) {
    columns.set(record.columns.hash, record.columns);
    writePrediction(laid, record);
    ends[index] = laid.length;
  }
  return { bytes: laid.bytes(), ends, columns: [...columns.values()] };
}

/** Prepares what writes and reads lines. */
export function prepareLines(database: Database) {
  const insert = database.prepare(
    `insert into prediction (tenant, prediction_id, shopper, user_id, anonymous_id, target, asked_at_ms, as_of_ms, closes_at_ms, body)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
  );
  const keepColumns = database.prepare('insert into feature_columns values (?, ?) on conflict do nothing');
  const namesBehind = database.prepare('select names from feature_columns where hash = ?').pluck();
  const byId = database.prepare(`select ${lineColumns} from ${withLabel} where p.prediction_id = ? and p.tenant = ?`);
  const newest = database.prepare(
    `select ${lineColumns} from ${withLabel} where p.tenant = ? order by p.asked_at_ms desc, p.prediction_id desc limit ?`,
  );
  const total = database.prepare('select count(*) from prediction').pluck();
  const ofTenant = database.prepare('select count(*) from prediction where tenant = ?').pluck();
  const leastAsOf = database.prepare('select min(as_of_ms) from prediction').pluck();
  const known = new Map<string, FeatureColumns>();

  function columnsOf(hash: string): FeatureColumns {
    const columns = known.get(hash) ?? { hash, names: JSON.parse(namesBehind.get(hash) as string) as string[] };
    known.set(hash, columns);
    return columns;
  }

  function insertOne(body: Uint8Array): number {
    const head = readPredictionHead(body);
    const { tenant, predictionId, shopper, userId, anonymousId, target, askedAtMs, asOfMs, horizonMs } = head;
    const people = [shopper, userId ?? null, anonymousId ?? null];
    return insert.run(tenant, predictionId, ...people, target, askedAtMs, asOfMs, asOfMs + horizonMs, body).changes;
  }

  const insertAll = database.transaction(({ bytes, ends, columns }: StoredLines): number => {
    for (const { hash, names } of columns) if (!known.has(hash)) keepColumns.run(hash, JSON.stringify(names));
    return ends.reduce((sum, end, index) => sum + insertOne(bytes.subarray(ends[index - 1] ?? 0, end)), 0);
  });

  const recordOf = (body: Uint8Array): PredictionRecord => decodePrediction(body, columnsOf);
  const loggedOf = (row: LineRow): LoggedPrediction => {
    const label: PredictionLabel | undefined = labelOf(row);
    return label === undefined ? { record: recordOf(row.body) } : { record: recordOf(row.body), label };
  };

  return {
    recordOf,
    append(given: StoredLines): number {
      const added = insertAll.immediate(given);
      // Only now: a commit that failed took the columns with it.
      for (const { hash, names } of given.columns) known.set(hash, { hash, names: [...names] });
      return added;
    },
    find(tenant: string, predictionId: string): LoggedPrediction | undefined {
      const row = byId.get(predictionId, tenant) as LineRow | undefined;
      return row === undefined ? undefined : loggedOf(row);
    },
    latest: (tenant: string, limit: number): LoggedPrediction[] => (newest.all(tenant, limit) as LineRow[]).map(loggedOf),
    pages(query: PredictionQuery): () => LoggedPrediction[] {
      const next = preparePage(database, query);
      return () => next().map(loggedOf);
    },
    count: (tenant?: string): number => (tenant === undefined ? total.get() : ofTenant.get(tenant)) as number,
    oldestAsOfMs: (): number | undefined => (leastAsOf.get() as number | null) ?? undefined,
  };
}

/** The hexadecimal digits, quoted, that have a bit set: SQLite has no operator on the bits of a blob. */
const digitsWith = (bit: number): string =>
  [...'0123456789ABCDEF']
    .filter((_, digit) => (digit & bit) !== 0)
    .map((digit) => `'${digit}'`)
    .join(', ');

/** Pages through a tenant's lines by key, so that no cursor stays open between pages and writers never wait. */
function preparePage(
  database: Database,
  { tenant = 'default', fromMs, untilMs, target, labelled, decided, batch = 1_024 }: PredictionQuery,
): () => LineRow[] {
  const bounds = [
    fromMs !== undefined && 'p.asked_at_ms >= @fromMs',
    untilMs !== undefined && 'p.asked_at_ms < @untilMs',
    target !== undefined && 'p.target = @target',
    labelled === true && 'p.version > 0',
    decided === true && `substr(hex(substr(p.body, ${decidedAt.byte + 1}, 1)), 2) in (${digitsWith(decidedAt.bit)})`,
  ];
  const page = (after: string | false) =>
    database.prepare(
      `select ${lineColumns} from ${withLabel} where ${['p.tenant = @tenant', ...bounds, after].filter(Boolean).join(' and ')}
       order by p.asked_at_ms, p.prediction_id limit @batch`,
    );
  const first = page(false);
  const next = page('(p.asked_at_ms, p.prediction_id) > (@askedAtMs, @predictionId)');
  const given = {
    ...{ tenant, batch },
    ...(fromMs !== undefined && { fromMs }),
    ...(untilMs !== undefined && { untilMs }),
    ...(target !== undefined && { target }),
  };
  let last: LineRow | undefined;
  return () => {
    const { askedAtMs, predictionId } = last ?? {};
    const rows = (last === undefined ? first.all(given) : next.all({ ...given, askedAtMs, predictionId })) as LineRow[];
    last = rows.at(-1) ?? last;
    return rows;
  };
}
