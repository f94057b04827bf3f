import type { LabelDecision, LabelDue, Outcome, PredictionLabel } from '@tillcast/core/ports/prediction-log';
import { labelDueOf } from '../prediction-log/label-due.ts';
import type { Session } from './connections.ts';
import type { FeatureColumnsStore } from './feature-columns.ts';
import { quoted } from './identifier.ts';
import { type LabelRow, labelColumns, labelOf } from './label-row.ts';
import type { Postgres } from './postgres.ts';

interface DueRow extends LabelRow {
  readonly body: Buffer;
  readonly revision: number;
}

/** What takes outcomes in and decides labels; each step is one transaction. */
export function openLabels({ schema, patient }: Postgres, columns: FeatureColumnsStore) {
  const name = quoted(schema);
  const due = `select p.body, p.revision, ${labelColumns} from ${name}.prediction p
    left join ${name}.label l on l.line = p.line and l.version = p.version`;

  return {
    async addOutcomes(outcomes: readonly Outcome[], refundWindowMs: number): Promise<number> {
      if (outcomes.length === 0) return 0;
      const rows = outcomes.map((outcome) => {
        const { tenant, eventId, shopper, eventTimeMs } = outcome;
        return { tenant, eventId, shopper, eventTimeMs, body: JSON.stringify(outcome) };
      });
      const { rows: answer } = await patient.run<{ added: number }>({
        sql: addingTo(name),
        parameters: [JSON.stringify(rows), refundWindowMs],
      });
      return answer[0]!.added;
    },
    async outcomes(tenant: string, shopper: string, fromMs: number): Promise<readonly Outcome[]> {
      const { rows } = await patient.run<{ body: string }>({
        sql: `select body from ${name}.outcome where tenant = $1 and shopper = $2 and event_time_ms >= $3 order by event_time_ms, event_id`,
        parameters: [tenant, shopper, fromMs],
      });
      return rows.map(({ body }) => JSON.parse(body) as Outcome);
    },
    async due({
      nowMs,
      refundWindowMs,
      limit,
    }: {
      nowMs: number;
      refundWindowMs: number;
      limit: number;
    }): Promise<readonly LabelDue[]> {
      const rows = await patient.use(async (session) => {
        const found: DueRow[] = [];
        const more = async (condition: string, ...parameters: readonly unknown[]): Promise<void> => {
          if (found.length >= limit) return;
          const sql = `${due} where ${condition} limit ${limit - found.length}`;
          found.push(...(await session.query<DueRow>({ sql, parameters })).rows);
        };
        await more('p.version > 0 and p.examined < p.revision');
        await more('p.version = 0 and p.closes_at_ms <= $1 order by p.closes_at_ms', nowMs);
        const maturing =
          'p.version > 0 and not p.net_final and p.examined >= p.revision and p.closes_at_ms <= $1 order by p.closes_at_ms';
        await more(maturing, nowMs - refundWindowMs);
        return found;
      });
      const records = await columns.decode(rows.map(({ body }) => body));
      return rows.map((row, i) => {
        const current = labelOf(row);
        return { ...labelDueOf(records[i]!), revision: row.revision, ...(current === undefined ? {} : { current }) };
      });
    },
    decide: (decisions: readonly LabelDecision[]): Promise<number> =>
      decisions.length === 0 ? Promise.resolve(0) : patient.use((session) => decideAll(session, name, decisions)),
    async versions(tenant: string, predictionId: string): Promise<readonly PredictionLabel[]> {
      const { rows } = await patient.run<LabelRow>({
        sql: `select ${labelColumns} from ${name}.label l join ${name}.prediction p on p.line = l.line
          where p.prediction_id = $1 and p.tenant = $2 order by l.version`,
        parameters: [predictionId, tenant],
      });
      return rows.map(labelOf).filter((label) => label !== undefined);
    },
  };
}

// Lines without a label are told as well: one that is just being decided without this outcome is due again as soon as it has its label.
const addingTo = (schema: string): string =>
  `with given as (
     select * from json_to_recordset($1) as g(tenant text, "eventId" text, shopper text, "eventTimeMs" bigint, body text)
   ), added as (
     insert into ${schema}.outcome (tenant, event_id, shopper, event_time_ms, body)
     select tenant, "eventId", shopper, "eventTimeMs", body from given order by "eventId" collate "C", tenant collate "C"
     on conflict do nothing returning tenant, shopper, event_time_ms
   ), touched as (
     select p.line from ${schema}.prediction p where exists (
       select 1 from added a where a.tenant = p.tenant and a.shopper = p.shopper and p.as_of_ms <= a.event_time_ms and p.closes_at_ms >= a.event_time_ms - $2)
     order by p.line for update
   ), told as (
     update ${schema}.prediction p set revision = revision + 1 from touched t where p.line = t.line
   )
   select count(*)::int as added from added`;

interface Place {
  readonly line: string;
  readonly tenant: string;
  readonly predictionId: string;
  version: number;
}

/** Decides within one transaction; lines are locked in the order of their numbers, so that two workers wait for each other and never in a ring. */
async function decideAll(session: Session, schema: string, decisions: readonly LabelDecision[]): Promise<number> {
  await session.query({ sql: 'begin' });
  const { rows } = await session.query<Place>({
    sql: `select p.line::text as line, p.tenant, p.prediction_id as "predictionId", p.version from ${schema}.prediction p
      where (p.prediction_id, p.tenant) in (select "predictionId", tenant from json_to_recordset($1) as g(tenant text, "predictionId" text))
      order by p.line for update`,
    parameters: [JSON.stringify(decisions.map(({ tenant, predictionId }) => ({ tenant, predictionId })))],
  });
  const places = new Map(rows.map((place) => [`${place.tenant}\u0000${place.predictionId}`, place]));
  const labels: object[] = [];
  const settled: object[] = [];
  for (const { tenant, predictionId, revision, label, upon } of decisions) {
    const place = places.get(`${tenant}\u0000${predictionId}`);
    if (place === undefined || place.version !== upon) continue;
    settled.push({ line: place.line, revision, version: label?.version ?? null, netFinal: label?.netFinal ?? null });
    if (label === undefined) continue;
    labels.push({ line: place.line, ...label });
    place.version = label.version;
  }
  await session.query({
    sql: `insert into ${schema}.label (line, version, label, label_net, net_final, decided_at_ms, because)
      select line, version, label, "labelNet", "netFinal", "decidedAtMs", because from json_to_recordset($1)
      as g(line bigint, version integer, label smallint, "labelNet" smallint, "netFinal" boolean, "decidedAtMs" bigint, because text)`,
    parameters: [JSON.stringify(labels)],
  });
  // The last decision of a line is its newest.
  await session.query({
    sql: `update ${schema}.prediction p set version = coalesce(g.version, p.version), net_final = coalesce(g.final, p.net_final),
        examined = greatest(p.examined, g.revision)
      from (select line, max(version) as version, max(revision) as revision, (array_agg("netFinal" order by version desc nulls last))[1] as final
        from json_to_recordset($1) as s(line bigint, revision integer, version integer, "netFinal" boolean) group by line) g
      where p.line = g.line`,
    parameters: [JSON.stringify(settled)],
  });
  await session.query({ sql: 'commit' });
  return labels.length;
}
