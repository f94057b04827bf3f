import { PostgresFailure } from './failure.ts';

/** Limits the server itself enforces on a connection, milliseconds; 0 = none. */
export interface SessionLimits {
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
}

/** The part of a driver's client this needs. */
interface Asks {
  query(sql: string): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>;
}

/**
 * Makes a new connection fit for acks, or refuses it. An ack means "on disk", so a server that answers commits before they are synced is refused;
 * what `synchronous_commit` is now is set for the session as well, so that a later reload of the server's settings cannot weaken it in silence.
 */
export async function prepareSession(client: Asks, { statementTimeoutMs, lockTimeoutMs }: SessionLimits): Promise<void> {
  const set = (name: string, ms: number): string => `set_config('${name}', '${Math.ceil(ms)}', false)`;
  const { rows } = await client.query(
    `select current_setting('synchronous_commit') as commits, current_setting('fsync') as syncs, current_setting('full_page_writes') as pages,
       current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding,
       set_config('synchronous_commit', current_setting('synchronous_commit'), false), set_config('timezone', 'UTC', false),
       ${set('statement_timeout', statementTimeoutMs)}, ${set('lock_timeout', lockTimeoutMs)},
       ${set('idle_in_transaction_session_timeout', statementTimeoutMs)}`,
  );
  const { commits, syncs, pages, version, encoding } = rows[0]!;
  if (Number(version) < oldestVersion) refuse(`PostgreSQL ${String(version)} is too old; 15 or newer is needed`);
  if (encoding !== 'UTF8') refuse(`the database’s encoding is ${String(encoding)}; create it with encoding 'UTF8'`);
  if (commits === 'off')
    refuse('synchronous_commit is off, so a commit may be lost after its answer; set it to on for this database or role');
  if (syncs !== 'on') refuse('fsync is off: nothing PostgreSQL answers is safe from a power cut; turn it on');
  if (pages !== 'on') refuse('full_page_writes is off: a power cut may tear pages; turn it on');
}

const oldestVersion = 150_000;

const refuse = (detail: string): never => {
  throw new PostgresFailure('unsent', detail);
};
