import { type Connections, openConnections } from './connections.ts';
import { defaultSchema, quoted } from './identifier.ts';
import { migrations } from './migrations/migrations.ts';
import { assertSchema } from './schema-state.ts';

/** How a database is used. */
export interface PostgresOptions {
  readonly schema?: string;
  /** Milliseconds that work may take while somebody waits for its answer, from asking for a connection on; default 250. */
  readonly budgetMs?: number;
  /** The same for what nobody waits for: imports, reading, counting, writing behind; default 60,000. */
  readonly patienceMs?: number;
  /** Connections for prompt work; default 2. As many and one more are opened for patient work when there is any. */
  readonly writers?: number;
}

/** A database that stores share: connections by how long they may wait, so that an export never holds up an ack. None is made before it is needed. */
export interface Postgres {
  readonly schema: string;
  readonly writers: number;
  readonly prompt: Connections;
  readonly patient: Connections;
  /** For changes of partitions: one connection, since they happen one at a time. */
  readonly upkeep: Connections;
  /** Resolves when the schema is one this program works with; asked of the database once, and anew while the answer is no. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

/** Waiting for a lock takes 3 s at most; making a partition takes moments. */
const upkeepLimits = { max: 1, budgetMs: 5_000, lockTimeoutMs: 3_000 } as const;

/** Opens a database by its address, such as `postgres://user:password@host:5432/shop`. */
export function openPostgres(url: string, options: PostgresOptions = {}): Postgres {
  const { schema = defaultSchema, budgetMs = 250, patienceMs = 60_000, writers = 2 } = options;
  quoted(schema);
  const prompt = openConnections(url, { max: writers, budgetMs });
  const patient = openConnections(url, { max: writers + 1, budgetMs: patienceMs, lockTimeoutMs: 3_000 });
  const upkeep = openConnections(url, upkeepLimits);
  let checked: Promise<void> | undefined;

  return {
    schema,
    writers,
    prompt,
    patient,
    upkeep,
    ready() {
      checked ??= prompt
        .use((session) => assertSchema(session, schema, migrations))
        .catch((error: unknown) => {
          checked = undefined;
          throw error;
        });
      return checked;
    },
    async close() {
      await Promise.all([prompt, patient, upkeep].map((connections) => connections.close()));
    },
  };
}
