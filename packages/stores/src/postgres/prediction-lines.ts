import type { LoggedPrediction, PredictionLabel, PredictionQuery, PredictionRecord } from '@tillcast/core/ports/prediction-log';
import { decidedAt, encodePrediction } from '../prediction-log/prediction-bytes.ts';
import type { FeatureColumnsStore } from './feature-columns.ts';
import { quoted } from './identifier.ts';
import { type LabelRow, labelColumns, labelOf } from './label-row.ts';
import type { Postgres } from './postgres.ts';

/** A line as it is stored, with its current label where it has one. */
interface LineRow extends LabelRow {
  readonly askedAtMs: number;
  readonly predictionId: string;
  readonly body: Buffer;
}

/** What writes and reads lines. */
export function openLines({ schema, patient }: Postgres, columns: FeatureColumnsStore) {
  const name = quoted(schema);
  const select = `select p.asked_at_ms as "askedAtMs", p.prediction_id as "predictionId", p.body, ${labelColumns}
    from ${name}.prediction p left join ${name}.label l on l.line = p.line and l.version = p.version`;

  async function loggedOf(rows: readonly LineRow[]): Promise<LoggedPrediction[]> {
    const records = await columns.decode(rows.map(({ body }) => body));
    return rows.map((row, i) => {
      const label: PredictionLabel | undefined = labelOf(row);
      return label === undefined ? { record: records[i]! } : { record: records[i]!, label };
    });
  }
  const ask = async (sql: string, parameters: readonly unknown[]): Promise<readonly LineRow[]> =>
    (await patient.run<LineRow>({ sql, parameters })).rows;
  const number = async (sql: string, parameters: readonly unknown[] = []): Promise<number | null> =>
    (await patient.run<{ value: number | null }>({ sql, parameters })).rows[0]!.value;

  return {
    /** Encodes records now, so that what the caller changes meanwhile changes nothing stored; what it gives writes them and answers how many were new. */
    appending(records: readonly PredictionRecord[]): () => Promise<number> {
      const lines = JSON.stringify(records.map(toLine));
      const fresh = columns.notKept(records);
      return async () => {
        if (records.length === 0) return 0;
        await columns.keep(fresh);
        const { count } = await patient.run({ sql: insertInto(name), parameters: [lines], name: 'tillcast_insert_predictions' });
        return count;
      };
    },
    async find(tenant: string, predictionId: string): Promise<LoggedPrediction | undefined> {
      return (await loggedOf(await ask(`${select} where p.prediction_id = $1 and p.tenant = $2`, [predictionId, tenant])))[0];
    },
    latest: async (tenant: string, limit: number): Promise<readonly LoggedPrediction[]> =>
      loggedOf(
        await ask(`${select} where p.tenant = $1 order by p.asked_at_ms desc, p.prediction_id desc limit $2`, [tenant, limit]),
      ),
    async *read(query: PredictionQuery): AsyncGenerator<readonly LoggedPrediction[]> {
      let rows = await ask(...pageAfter(select, query, undefined));
      while (rows.length > 0) {
        yield await loggedOf(rows);
        rows = await ask(...pageAfter(select, query, rows.at(-1)));
      }
    },
    count: async (tenant?: string): Promise<number> =>
      (await number(`select count(*) as value from ${name}.prediction where $1::text is null or tenant = $1`, [
        tenant ?? null,
      ])) ?? 0,
    oldestAsOfMs: async (): Promise<number | undefined> =>
      (await number(`select min(as_of_ms) as value from ${name}.prediction`)) ?? undefined,
  };
}

const insertInto = (schema: string): string =>
  `insert into ${schema}.prediction (tenant, prediction_id, shopper, user_id, anonymous_id, target, asked_at_ms, as_of_ms, closes_at_ms, body)
   select tenant, id, shopper, "user", device, target, asked, "asOf", closes, decode(body, 'base64')
   from rows from (json_to_recordset($1) as (tenant text, id text, shopper text, "user" text, device text, target text, asked bigint, "asOf" bigint,
     closes bigint, body text)) with ordinality as g(tenant, id, shopper, "user", device, target, asked, "asOf", closes, body, place)
   order by id collate "C", tenant collate "C", place on conflict do nothing`;

function toLine(record: PredictionRecord) {
  const {
    tenant,
    predictionId: id,
    shopper,
    userId: user,
    anonymousId: device,
    target,
    askedAtMs: asked,
    asOfMs: asOf,
    horizonMs,
  } = record;
  const bytes = encodePrediction(record);
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  return { tenant, id, shopper, user, device, target, asked, asOf, closes: asOf + horizonMs, body };
}

/** One page of a tenant's lines, by key, so that no cursor and no snapshot stays open between pages. */
function pageAfter(
  select: string,
  { tenant = 'default', fromMs, untilMs, target, labelled, decided, batch = 1_024 }: PredictionQuery,
  after: LineRow | undefined,
): [sql: string, parameters: readonly unknown[]] {
  const parameters: unknown[] = [];
  const given = (value: unknown): string => `$${parameters.push(value)}`;
  const conditions = [
    `p.tenant = ${given(tenant)}`,
    ...(fromMs === undefined ? [] : [`p.asked_at_ms >= ${given(fromMs)}`]),
    ...(untilMs === undefined ? [] : [`p.asked_at_ms < ${given(untilMs)}`]),
    ...(target === undefined ? [] : [`p.target = ${given(target)}`]),
    ...(labelled === true ? ['p.version > 0'] : []),
    ...(decided === true ? [`get_byte(p.body, ${decidedAt.byte}) & ${decidedAt.bit} <> 0`] : []),
    ...(after === undefined
      ? []
      : [`(p.asked_at_ms, p.prediction_id) > (${given(after.askedAtMs)}, ${given(after.predictionId)})`]),
  ];
  const sql = `${select} where ${conditions.join(' and ')} order by p.asked_at_ms, p.prediction_id limit ${given(batch)}`;
  return [sql, parameters];
}
