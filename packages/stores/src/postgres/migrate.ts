import type pg from 'pg';
import type { Session } from './connections.ts';
import { failureOf, PostgresFailure, sqlState } from './failure.ts';
import { defaultSchema, quoted } from './identifier.ts';
import type { Migration } from './migrations/migration.ts';
import { migrations } from './migrations/migrations.ts';
import { prepareSession } from './prepare-session.ts';
import { type AppliedMigration, appliedMigrations } from './schema-state.ts';
import { TrackedClient } from './tracked-client.ts';

/** How the schema is brought forward. */
export interface MigrateOptions {
  readonly schema?: string;
  /** Whether `contract` steps are run too: only when no program of the release before is left. */
  readonly contract?: boolean;
  /** Tells what would be done, and does nothing. */
  readonly dryRun?: boolean;
  /** How long a statement waits for a lock before it gives up, so that it never holds up everybody behind it; default 3 s. */
  readonly lockTimeoutMs?: number;
  /** The steps; default: those of this release. */
  readonly steps?: readonly Migration[];
  /** Told after each statement, and waited for. */
  readonly onStatement?: (done: { readonly sql: string }) => void | Promise<void>;
}

const defaultLockTimeoutMs = 3_000;

/** What was done, and what remains. */
export interface MigrateOutcome {
  readonly applied: readonly AppliedMigration[];
  /** `contract` steps that were not asked for, and whatever stands behind one that is needed first. */
  readonly outstanding: readonly AppliedMigration[];
}

/**
 * Brings the schema of a database forward, step by step, alone (an advisory lock). Killed at any moment it can be run again: a transactional step that
 * was cut off did not happen, another one is repeated. Raises STORE_UNAVAILABLE where the server cannot be reached, or a lock is not to be had in time.
 */
export async function migrate(url: string, options: MigrateOptions = {}): Promise<MigrateOutcome> {
  const { lockTimeoutMs = defaultLockTimeoutMs } = options;
  const client = new TrackedClient({
    connectionString: url,
    application_name: 'tillcast migrate',
    connectionTimeoutMillis: 10_000,
  });
  let connected = false;
  try {
    await client.connect();
    connected = true;
    // No statement timeout: an index of a large table takes as long as it takes.
    await prepareSession(client, { statementTimeoutMs: 0, lockTimeoutMs });
    return await migrateAlone(sessionTelling(client, options.onStatement), options);
  } catch (error) {
    if (sqlState(error) === '55P03')
      throw new PostgresFailure(
        'refused',
        `a lock was not free within ${lockTimeoutMs} ms, so the migration stood back; nothing is half done. End the transaction that holds it (select * from pg_stat_activity) and run tillcast migrate again`,
        { cause: error },
      );
    throw failureOf(error, connected);
  } finally {
    await client.end().catch(() => {});
  }
}

async function migrateAlone(session: Session, options: MigrateOptions): Promise<MigrateOutcome> {
  const { schema = defaultSchema, steps = migrations, contract = false, dryRun = false } = options;
  const name = quoted(schema);
  if (dryRun) return planned(await appliedMigrations(session, schema), steps, contract);
  await takeTurn(session, schema, options.lockTimeoutMs ?? defaultLockTimeoutMs);
  await session.query({ sql: `create schema if not exists ${name}` });
  await session.query({
    sql: `create table if not exists ${name}.migration
      (id integer primary key, name text not null, phase text not null, applied_at timestamptz not null default now())`,
  });
  const plan = planned(await appliedMigrations(session, schema), steps, contract);
  for (const { id } of plan.applied) await apply(session, name, steps.find((step) => step.id === id)!);
  return plan;
}

/**
 * Waits until no other migration runs. By asking again and again: whoever waits inside PostgreSQL holds a snapshot, which `create index concurrently`
 * of the other waits for in turn, and both would be stuck.
 */
async function takeTurn(session: Session, schema: string, patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const { rows } = await session.query<{ mine: boolean }>({
      sql: 'select pg_try_advisory_lock(hashtextextended($1, 0)) as mine',
      parameters: [`tillcast migrate ${schema}`],
    });
    if (rows[0]!.mine) return;
    if (performance.now() > deadline)
      throw new PostgresFailure('unsent', 'another migration is under way; run tillcast migrate again when it is done');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The steps to run now: in order, up to the first `contract` step that was not asked for. */
function planned(had: readonly AppliedMigration[], steps: readonly Migration[], contract: boolean): MigrateOutcome {
  const done = new Set(had.map(({ id }) => id));
  const open = steps.filter(({ id }) => !done.has(id)).map(({ id, name, phase }) => ({ id, name, phase }));
  const halt = contract ? -1 : open.findIndex(({ phase }) => phase === 'contract');
  return halt === -1 ? { applied: open, outstanding: [] } : { applied: open.slice(0, halt), outstanding: open.slice(halt) };
}

async function apply(session: Session, schema: string, { id, name, phase, transactional, statements }: Migration): Promise<void> {
  const record = {
    sql: `insert into ${schema}.migration (id, name, phase) values ($1, $2, $3)`,
    parameters: [id, name, phase],
  };
  if (transactional) await session.query({ sql: 'begin' });
  for (const sql of statements(schema)) await session.query({ sql });
  await session.query(record);
  if (transactional) await session.query({ sql: 'commit' });
}

function sessionTelling(client: pg.Client, tell: MigrateOptions['onStatement']): Session {
  return {
    async query<Row extends object>({ sql, parameters = [] }: { sql: string; parameters?: readonly unknown[] }) {
      const { rows, rowCount } = await client.query<Row>(sql, [...parameters]);
      await tell?.({ sql });
      return { rows, count: rowCount ?? 0 };
    },
  };
}
