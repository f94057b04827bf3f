import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Database } from 'better-sqlite3';

/** A database as one store uses it. */
export interface Guarded {
  /** Calls the database. Raises STORE_UNAVAILABLE where it fails, and after `close`; an error of our own passes as it is. */
  run<T>(call: () => T): T;
  /** Closes the database; once. */
  close(): Promise<void>;
}

/** Guards the database of a store; `trouble` says which store failed, before the reason, and `closedError` what is answered once it is closed. */
export function guarded(database: Database, trouble: string, closedError: () => TillcastError): Guarded {
  let closed = false;
  return {
    run(call) {
      if (closed) throw closedError();
      try {
        return call();
      } catch (error) {
        if (error instanceof TillcastError) throw error;
        const why = error instanceof Error ? error.message : String(error);
        throw new TillcastError('STORE_UNAVAILABLE', `${trouble}: ${why}`, { cause: error });
      }
    },
    async close() {
      if (closed) return;
      closed = true;
      database.close();
    },
  };
}
