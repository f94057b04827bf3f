import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { EventRow } from '../event-log/event-row.ts';
import type { Connections, Session, Statement } from './connections.ts';
import { PostgresFailure } from './failure.ts';
import type { LostAnswers } from './lost-answers.ts';
import { tablesOf } from './tables.ts';

/** What the store says of one row: stored now, or there before with a body of this digest. */
export type Stored = 'new' | Buffer;

/** Names an event in this process. No id holds a control character, so two events never share a name. */
export const keyOf = ({ tenant, eventId }: Pick<EventRow, 'tenant' | 'eventId'>): string => `${tenant}\u0000${eventId}`;

/** What identity remembers of a body: two bodies of one id are told apart by it. */
export const digestOf = (body: string): Buffer => createHash('sha256').update(body).digest().subarray(0, digestBytes);
const digestBytes = 16;

/**
 * Inserts rows of distinct ids, all or none, in one statement and so in one commit. Where the connection is lost before the answer, it is tried once more:
 * `attempt` tells rows of the first try from those of others. Where that fails too, the rows are noted in `lost`.
 */
export function openInsert(schema: string, lost: LostAnswers) {
  const statements = buildStatements(schema);

  return async function insert(connections: Connections, rows: readonly EventRow[]): Promise<readonly Stored[]> {
    const attempt = randomBytes(8).readBigInt64BE().toString();
    const write = (session: Session) => insertOnce(session, statements, rows, attempt, lost);
    const noteLost = (error: unknown): void => {
      if (error instanceof PostgresFailure && (error.fate === 'lost' || error.fate === 'late'))
        lost.add(attempt, rows.map(keyOf));
    };
    try {
      return await connections.use(write);
    } catch (error) {
      noteLost(error);
      if (!(error instanceof PostgresFailure) || error.fate !== 'lost') throw error;
    }
    try {
      const stored = await connections.use(write);
      lost.settle(attempt);
      return stored;
    } catch (error) {
      noteLost(error);
      throw error;
    }
  };
}

type Statements = ReturnType<typeof buildStatements>;

async function insertOnce(
  session: Session,
  statements: Statements,
  rows: readonly EventRow[],
  attempt: string,
  lost: LostAnswers,
): Promise<readonly Stored[]> {
  const { count } = await session.query(statements.insert(attempt, rows));
  if (count === rows.length) return rows.map(() => 'new');
  const stored = await session.query<{ place: number; attempt: string; digest: Buffer; mine: boolean }>(
    statements.identities(rows, attempt),
  );
  if (stored.count !== rows.length)
    throw new PostgresFailure('lost', 'events were deleted while they were sent again; send them once more');
  const fates: Stored[] = [];
  for (const { place, attempt: writer, digest, mine } of stored.rows) {
    fates[place - 1] = mine || lost.claim(writer, keyOf(rows[place - 1]!)) ? 'new' : digest;
  }
  return fates;
}

// One JSON text is what costs this process least (1–2 µs an event against 4–10 for arrays), and COPY into a staging table gains nothing (ADR 11).
function buildStatements(schema: string) {
  const tables = tablesOf(schema);
  const compiled = (query: ReturnType<typeof sql>, name: string): { sql: string; name: string } => ({
    sql: query.compile(tables).sql,
    name,
  });
  const event = sql.table(`${schema}.event`);
  const identity = sql.table(`${schema}.event_identity`);
  const insert = compiled(
    sql`with given as (
      select * from json_to_recordset($1) as g(tenant text, "eventId" text, "eventTimeMs" bigint, "knowableAtMs" bigint, "receivedAtMs" bigint,
        sequence bigint, backfilled smallint, mark text, body text)
    ), fresh as (
      insert into ${identity} (tenant, event_id, day, attempt, digest)
      select tenant, "eventId", floor("knowableAtMs" / 86400000.0), $2, substr(sha256(convert_to(body, 'UTF8')), 1, ${sql.lit(digestBytes)})
      from given order by "eventId" collate "C", tenant collate "C"
      on conflict do nothing returning tenant, event_id
    )
    insert into ${event} (tenant, event_id, event_time_ms, knowable_at_ms, received_at_ms, sequence, backfilled, mark, body)
    select g.tenant, "eventId", "eventTimeMs", "knowableAtMs", "receivedAtMs", sequence, backfilled, mark, body
    from given g join fresh f on f.event_id = g."eventId" and f.tenant = g.tenant`,
    'tillcast_insert_events',
  );
  const identities = compiled(
    sql`select g.place::int as place, i.attempt::text as attempt, i.digest, i.attempt = $2 as mine
    from rows from (json_to_recordset($1) as (tenant text, "eventId" text)) with ordinality as g(tenant, "eventId", place)
    join ${identity} i on i.event_id = g."eventId" and i.tenant = g.tenant`,
    'tillcast_event_identities',
  );
  return {
    insert: (attempt: string, rows: readonly EventRow[]): Statement => ({
      ...insert,
      parameters: [JSON.stringify(rows), attempt],
    }),
    identities: (rows: readonly EventRow[], attempt: string): Statement => ({
      ...identities,
      parameters: [JSON.stringify(rows.map(({ tenant, eventId }) => ({ tenant, eventId }))), attempt],
    }),
  };
}
