import type { Exposure, ExposureLog } from '@tillcast/core/ports/exposure-log';
import { closedError } from '../exposure-log/closed.ts';
import { type ExposureRow, exposureColumns, toExposure, toExposureRow } from '../exposure-log/exposure-row.ts';
import { guarded } from './guarded.ts';
import { openDatabase } from './open-database.ts';

/** The schema of the exposure log, one step a version; a step that was released never changes. */
export const exposureMigrations: readonly string[] = [
  `create table exposure (
     tenant text not null,
     experiment_id text not null,
     key text not null,
     unit text not null,
     variant text,
     exposed_at_ms integer not null,
     prediction_id text,
     score real,
     base_score real,
     differs integer,
     primary key (experiment_id, key, tenant)
   ) strict, without rowid;
   create index exposure_by_time on exposure (tenant, experiment_id, exposed_at_ms, key);
   create index exposure_by_key on exposure (tenant, key);
   create index exposure_by_unit on exposure (tenant, unit) where unit <> key;`,
];

/** Keeps exposures in an SQLite file of their own; every commit is synced before it is answered. */
export function sqliteExposureLog(file: string): ExposureLog {
  const database = openDatabase(file, exposureMigrations);
  const insert = database.prepare(
    `insert into exposure values (@tenant, @experimentId, @key, @unit, @variant, @exposedAtMs, @predictionId, @score, @baseScore, @differs)
     on conflict do nothing`,
  );
  const one = database.prepare(`select ${exposureColumns} from exposure where experiment_id = ? and key = ? and tenant = ?`);
  const page = database.prepare(
    `select ${exposureColumns} from exposure where tenant = @tenant and experiment_id = @experimentId and exposed_at_ms < @untilMs
     and (exposed_at_ms, key) > (@afterMs, @afterKey) order by exposed_at_ms, key limit @batch`,
  );
  const counts = database.prepare(
    `select coalesce(variant, '') as variant, count(*) as units from exposure
     where tenant = ? and experiment_id = ? and key = unit group by 1`,
  );
  const remove = database.prepare(
    `delete from exposure where tenant = @tenant and (key = @key or (unit = @key and unit <> key))`,
  );
  const { run, close } = guarded(database, `the exposure log ${file} cannot be used`, closedError);

  const record = database.transaction((exposures: readonly Exposure[]): number => {
    let recorded = 0;
    for (const exposure of exposures) recorded += insert.run(toExposureRow(exposure)).changes;
    return recorded;
  });

  return {
    durable: true,
    record: async (exposures) => run(() => record.immediate(exposures)),
    find: async (tenant, experimentId, keys) =>
      run(() => {
        const rows = [...new Set(keys)].map((key) => one.get(experimentId, key, tenant) as ExposureRow | undefined);
        return rows.filter((row) => row !== undefined).map(toExposure);
      }),
    async *read({ tenant, experimentId, untilMs = Number.MAX_SAFE_INTEGER, batch = 8_192 }) {
      let [afterMs, afterKey] = [Number.MIN_SAFE_INTEGER, ''];
      for (;;) {
        const rows = run(() => page.all({ tenant, experimentId, untilMs, batch, afterMs, afterKey }) as ExposureRow[]);
        if (rows.length === 0) return;
        ({ exposedAtMs: afterMs, key: afterKey } = rows.at(-1)!);
        yield rows.map(toExposure);
      }
    },
    count: async (tenant, experimentId) =>
      run(() => {
        const rows = counts.all(tenant, experimentId) as { variant: string; units: number }[];
        return Object.fromEntries(rows.map(({ variant, units }) => [variant, units]));
      }),
    erase: async (tenant, key) => run(() => remove.run({ tenant, key }).changes),
    close,
  };
}
