import pg from 'pg';
import { failureOf, PostgresFailure } from './failure.ts';
import { prepareSession } from './prepare-session.ts';
import { TrackedClient } from './tracked-client.ts';

/** One statement; with a `name` the server parses it once a connection. */
export interface Statement {
  readonly sql: string;
  readonly parameters?: readonly unknown[];
  readonly name?: string;
}

/** What a statement gave. `count` = rows returned, inserted, changed or deleted. */
export interface Answer<Row> {
  readonly rows: readonly Row[];
  readonly count: number;
}

/** One connection, for as long as the work lasts that it was given to. */
export interface Session {
  query<Row extends object>(statement: Statement): Promise<Answer<Row>>;
}

/** How connections behave. */
export interface ConnectionSettings {
  /** Connections at most. */
  readonly max: number;
  /** Milliseconds that connecting, waiting for a free connection and the work together may take; also the server's `statement_timeout`. */
  readonly budgetMs: number;
  /** Milliseconds a statement may wait for a lock; default: as long as the budget. */
  readonly lockTimeoutMs?: number;
}

/**
 * Connections to one database. Nothing waits longer than the budget: then, and after any error, the connection is discarded, since nobody knows what it
 * is still doing. Every failure is STORE_UNAVAILABLE (`PostgresFailure`), and none comes as an unhandled 'error'. The next call connects anew.
 */
export interface Connections {
  use<T>(work: (session: Session) => Promise<T>): Promise<T>;
  run<Row extends object>(statement: Statement): Promise<Answer<Row>>;
  /** Waits for what is under way, at most for the budget. */
  close(): Promise<void>;
}

/** Opens connections; none is made before it is needed. */
export function openConnections(url: string, { max, budgetMs, lockTimeoutMs = budgetMs }: ConnectionSettings): Connections {
  const live = new Set<TrackedClient>();
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'tillcast',
    max,
    connectionTimeoutMillis: budgetMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    types: { getTypeParser: parserOf },
    Client: TrackedClient,
    onConnect: (client) => {
      if (!(client instanceof TrackedClient)) return;
      live.add(client);
      client.once('end', () => live.delete(client));
      return cutAfter(client, budgetMs, prepareSession(client, { statementTimeoutMs: budgetMs, lockTimeoutMs }));
    },
  });
  pool.on('error', () => {});
  let closed = false;

  async function take(deadline: number): Promise<pg.PoolClient> {
    if (closed) throw new PostgresFailure('unsent', 'the connections to PostgreSQL are closed');
    const connecting = pool.connect();
    try {
      return await inTime(connecting, deadline, budgetMs);
    } catch (error) {
      connecting.then(
        (late) => late.release(true),
        () => {},
      );
      throw failureOf(error, false);
    }
  }

  async function use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const deadline = performance.now() + budgetMs;
    const client = await take(deadline);
    try {
      const result = await inTime(work(sessionOn(client)), deadline, budgetMs);
      client.release();
      return result;
    } catch (error) {
      if (client instanceof TrackedClient) client.cut();
      client.release(true);
      throw failureOf(error, true);
    }
  }

  return {
    use,
    run: (statement) => use((session) => session.query(statement)),
    async close() {
      if (closed) return;
      closed = true;
      const ended = pool.end();
      await inTime(ended, performance.now() + budgetMs, budgetMs).catch(() => {});
      for (const client of live) client.cut();
      await ended;
    },
  };
}

function sessionOn(client: pg.PoolClient): Session {
  return {
    async query<Row extends object>({ sql, parameters = [], name }: Statement) {
      const { rows, rowCount } = await client.query<Row>({
        text: sql,
        values: [...parameters],
        ...(name === undefined ? {} : { name }),
      });
      return { rows, count: rowCount ?? 0 };
    },
  };
}

/** A connection that does not get through its first words in time is cut, so that it gives its place back. */
async function cutAfter<T>(client: TrackedClient, budgetMs: number, work: Promise<T>): Promise<T> {
  const timer = setTimeout(() => client.cut(), budgetMs);
  return work.finally(() => clearTimeout(timer));
}

/** The result, or a failure at the deadline (of `performance.now()`), whichever comes first. */
async function inTime<T>(work: Promise<T>, deadline: number, budgetMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const end = (): void => reject(new PostgresFailure('late', `PostgreSQL did not answer within ${budgetMs} ms`));
    timer = setTimeout(end, Math.max(0, deadline - performance.now()));
  });
  // What loses the race may still fail, and nobody listens any more.
  work.catch(() => {});
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** 64-bit integers are milliseconds and counts here, all far below 2^53. */
const int8 = 20;
const parserOf: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  oid === int8 ? Number : pg.types.getTypeParser(oid, format as 'text');
