import type { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { openPostgres, type Postgres, type PostgresOptions } from './postgres.ts';

/** A store's way into its database, until the store is closed. */
export interface Entrance {
  readonly postgres: Postgres;
  /** Raises once the store is closed. */
  check(): void;
  /** Resolves once the database can be asked; rejects where it cannot, or where the store is closed meanwhile. */
  ready(): Promise<void>;
  /** Once; a database that was open before is left to whoever opened it. */
  close(): Promise<void>;
}

/** Opens the database behind an address, or takes one that is open already. */
export function openEntrance(where: string | Postgres, options: PostgresOptions, closedError: () => TillcastError): Entrance {
  const postgres = typeof where === 'string' ? openPostgres(where, options) : where;
  let closed = false;
  const check = (): void => {
    if (closed) throw closedError();
  };
  return {
    postgres,
    check,
    async ready() {
      check();
      await postgres.ready();
      check();
    },
    async close() {
      if (closed) return;
      closed = true;
      if (where !== postgres) await postgres.close();
    },
  };
}
