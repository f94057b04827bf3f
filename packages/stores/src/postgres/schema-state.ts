import type { Session } from './connections.ts';
import { PostgresFailure } from './failure.ts';
import { quoted } from './identifier.ts';
import type { Migration } from './migrations/migration.ts';

/** A step the database has had. */
export interface AppliedMigration {
  readonly id: number;
  readonly name: string;
  readonly phase: Migration['phase'];
}

/** The steps a schema has had, in order; none where it does not exist. */
export async function appliedMigrations(session: Session, schema: string): Promise<readonly AppliedMigration[]> {
  const table = `${quoted(schema)}.migration`;
  const { rows } = await session.query<{ there: boolean }>({
    sql: 'select to_regclass($1) is not null as there',
    parameters: [table],
  });
  if (!rows[0]!.there) return [];
  return (await session.query<AppliedMigration>({ sql: `select id, name, phase from ${table} order by id` })).rows;
}

/**
 * Refuses a schema this program cannot work with. It needs every `expand` step it knows; a `contract` step may be outstanding. Steps it does not know
 * are a newer release's: those that only add leave it working, one that took something away does not.
 */
export async function assertSchema(session: Session, schema: string, known: readonly Migration[]): Promise<void> {
  const applied = await appliedMigrations(session, schema);
  const has = new Set(applied.map(({ id }) => id));
  const missing = known.filter(({ id, phase }) => phase === 'expand' && !has.has(id));
  if (missing.length > 0) {
    const steps = missing.map(({ id, name }) => `${id} (${name})`).join(', ');
    throw new PostgresFailure(
      'unsent',
      `the database lacks the step${missing.length > 1 ? 's' : ''} ${steps} of the schema "${schema}": run tillcast migrate`,
    );
  }
  const newest = known.at(-1)?.id ?? 0;
  const taken = applied.find(({ id, phase }) => id > newest && phase === 'contract');
  if (taken !== undefined) {
    const versions = `step ${taken.id} (${taken.name}), this program knows ${newest}`;
    throw new PostgresFailure(
      'unsent',
      `the schema "${schema}" was contracted by a newer Tillcast (${versions}): upgrade this program`,
    );
  }
}
