import { setImmediate } from 'node:timers/promises';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { ShopEvent } from '@tillcast/core/events/event';
import type { Database } from 'better-sqlite3';

/** Events of one transaction: others get their turn between two. */
const slice = 500;

/**
 * Removes events so that nothing of them is left in the file: what rows give back is overwritten, and the write-ahead log is emptied. The former must be
 * so from the first insert on, because pages that split leave copies behind.
 */
export function prepareErasure(database: Database): (events: readonly ShopEvent[]) => Promise<number> {
  database.pragma('secure_delete = on');
  const remove = database.prepare('delete from event where event_id = ? and tenant = ?');
  const removeAll = database.transaction((events: readonly ShopEvent[]): number => {
    let removed = 0;
    for (const { eventId, tenant } of events) removed += remove.run(eventId, tenant).changes;
    return removed;
  });
  return async (events) => {
    let removed = 0;
    try {
      for (let start = 0; start < events.length; start += slice) {
        removed += removeAll.immediate(events.slice(start, start + slice));
        await setImmediate();
      }
      if (removed > 0) database.pragma('wal_checkpoint(TRUNCATE)');
      return removed;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new TillcastError('STORE_UNAVAILABLE', `the event store did not erase: ${why}; ask again`, { cause: error });
    }
  };
}
