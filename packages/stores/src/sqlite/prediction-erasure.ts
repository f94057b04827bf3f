import type { Erased } from '@tillcast/core/ports/prediction-log';
import type { Database } from 'better-sqlite3';

/** Prepares what removes lines for good: one shopper's, and those past their time. */
export function prepareErasure(database: Database) {
  const byShopper = database.prepare('select line from prediction where tenant = ? and shopper = ?').pluck();
  const named = {
    u: database
      .prepare(
        "select line from prediction where tenant = ? and user_id = ? and shopper <> 'u:' || user_id and user_id is not null",
      )
      .pluck(),
    a: database
      .prepare(
        "select line from prediction where tenant = ? and anonymous_id = ? and shopper <> 'a:' || anonymous_id and anonymous_id is not null",
      )
      .pluck(),
  };
  const past = database
    .prepare('select line from prediction where asked_at_ms < ? order by asked_at_ms, prediction_id limit ?')
    .pluck();
  const deleteLabels = database.prepare('delete from label where line = ?');
  const deleteLine = database.prepare('delete from prediction where line = ?');
  const deleteOutcomes = database.prepare('delete from outcome where tenant = ? and shopper = ?');
  // Erasure reads the whole log of events anyway: an index for it would cost every purchase.
  const deleteLinked = database.prepare(
    `delete from outcome where tenant = ? and instr(body, '"linked"') > 0 and json_extract(body, '$.linked') = ?`,
  );
  const deleteNeedless = database.prepare(
    'delete from outcome where event_time_ms < coalesce((select min(as_of_ms) from prediction), 9e15)',
  );

  function remove(lines: readonly number[]): Omit<Erased, 'outcomes'> {
    const gone = { predictions: 0, labels: 0 };
    for (const line of lines) {
      gone.labels += deleteLabels.run(line).changes;
      gone.predictions += deleteLine.run(line).changes;
    }
    return gone;
  }

  const eraseShopper = database.transaction((tenant: string, shopper: string): Erased => {
    const other = shopper.startsWith('u:') ? named.u : named.a;
    const lines = [...byShopper.all(tenant, shopper), ...other.all(tenant, shopper.slice(2))] as number[];
    const outcomes = deleteOutcomes.run(tenant, shopper).changes + deleteLinked.run(tenant, shopper).changes;
    return { ...remove(lines), outcomes };
  });

  const pruneLines = database.transaction((askedBeforeMs: number, limit: number): Erased => {
    const gone = remove(past.all(askedBeforeMs, limit) as number[]);
    return { ...gone, outcomes: deleteNeedless.run().changes };
  });

  return {
    erase(tenant: string, shopper: string): Erased {
      const gone = eraseShopper.immediate(tenant, shopper);
      // What is gone must stay gone after a power cut, and must not lie on in the write-ahead log.
      database.pragma('wal_checkpoint(TRUNCATE)');
      return gone;
    },
    prune: (askedBeforeMs: number, limit: number): Erased => pruneLines.immediate(askedBeforeMs, limit),
  };
}
