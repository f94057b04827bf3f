import type { Postgres } from './postgres.ts';
import { appliedMigrations } from './schema-state.ts';

/** What a database is at a moment: the steps its schema has had, and its place in the write-ahead log (null on a standby), for recovery to that point. */
export function describeDatabase({
  schema,
  prompt,
}: Pick<Postgres, 'schema' | 'prompt'>): Promise<{ readonly steps: readonly number[]; readonly wal_position: string | null }> {
  return prompt.use(async (session) => {
    const steps = (await appliedMigrations(session, schema)).map(({ id }) => id);
    const { rows } = await session.query<{ place: string | null }>({
      sql: 'select case when pg_is_in_recovery() then null else pg_current_wal_lsn()::text end as place',
    });
    return { steps, wal_position: rows[0]!.place };
  });
}
