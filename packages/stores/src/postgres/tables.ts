import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';

/** Rows of `event`, as the newest schema has them. */
export interface EventTable {
  tenant: string;
  event_id: string;
  event_time_ms: number;
  knowable_at_ms: number;
  received_at_ms: number;
  sequence: number;
  backfilled: 0 | 1 | null;
  mark: string | null;
  body: string;
}

/** Rows of `event_identity`: which ids are taken, by what. */
export interface EventIdentityTable {
  tenant: string;
  event_id: string;
  /** UTC day on which it became knowable, counted from 1970-01-01. */
  day: number;
  /** Which try of which process wrote it, so that one whose answer was lost knows its own again. */
  attempt: string;
  /** The first 16 bytes of the SHA-256 of the body. */
  digest: Buffer;
}

interface Tables {
  event: EventTable;
  event_identity: EventIdentityTable;
}

/** Builds typed SQL and runs none: `compile()` gives what `Connections` run, within their budgets. */
export function tablesOf(schema: string): Kysely<Tables> {
  return new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (database) => new PostgresIntrospector(database),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  }).withSchema(schema);
}
