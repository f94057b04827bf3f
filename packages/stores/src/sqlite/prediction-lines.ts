import type {
  FeatureColumns,
  LoggedPrediction,
  PredictionLabel,
  PredictionQuery,
  PredictionRecord,
} from '@tillcast/core/ports/prediction-log';
import type { Database } from 'better-sqlite3';
import { decodePrediction, encodePrediction } from '../prediction-log/prediction-bytes.ts';
import { type LabelRow, labelColumns, labelOf } from './label-row.ts';

/** A line as it is stored, with its current label where it has one. */
interface LineRow extends LabelRow {
  readonly askedAtMs: number;
  readonly predictionId: string;
  readonly body: Uint8Array;
}

const lineColumns = `p.asked_at_ms as askedAtMs, p.prediction_id as predictionId, p.body, ${labelColumns}`;
const withLabel = 'prediction p left join label l on l.line = p.line and l.version = p.version';

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

  function insertOne(record: PredictionRecord): number {
    const { tenant, predictionId, shopper, userId, anonymousId, target, askedAtMs, asOfMs, horizonMs, columns } = record;
    if (!known.has(columns.hash)) keepColumns.run(columns.hash, JSON.stringify(columns.names));
    const people = [shopper, userId ?? null, anonymousId ?? null];
    const times = [askedAtMs, asOfMs, asOfMs + horizonMs];
    return insert.run(tenant, predictionId, ...people, target, ...times, encodePrediction(record)).changes;
  }

  const insertAll = database.transaction((records: readonly PredictionRecord[]): number =>
    records.reduce((sum, record) => sum + insertOne(record), 0),
  );

  const recordOf = (body: Uint8Array): PredictionRecord => decodePrediction(body, columnsOf);
  const loggedOf = (row: LineRow): LoggedPrediction => {
    const label: PredictionLabel | undefined = labelOf(row);
    return label === undefined ? { record: recordOf(row.body) } : { record: recordOf(row.body), label };
  };

  return {
    recordOf,
    append(records: readonly PredictionRecord[]): number {
      const added = insertAll.immediate(records);
      // Only now: a commit that failed took the columns with it.
      for (const { columns } of records) known.set(columns.hash, { hash: columns.hash, names: [...columns.names] });
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

/** Pages through a tenant's lines by key, so that no cursor stays open between pages and writers never wait. */
function preparePage(
  database: Database,
  { tenant = 'default', fromMs, untilMs, target, labelled, batch = 1_024 }: PredictionQuery,
): () => LineRow[] {
  const bounds = [
    fromMs !== undefined && 'p.asked_at_ms >= @fromMs',
    untilMs !== undefined && 'p.asked_at_ms < @untilMs',
    target !== undefined && 'p.target = @target',
    labelled === true && 'p.version > 0',
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
