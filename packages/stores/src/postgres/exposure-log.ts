import type { ExposureLog } from '@tillcast/core/ports/exposure-log';
import { closedError } from '../exposure-log/closed.ts';
import { type ExposureRow, exposureColumns, toExposure, toExposureRow } from '../exposure-log/exposure-row.ts';
import { openEntrance } from './entrance.ts';
import { quoted } from './identifier.ts';
import type { Postgres, PostgresOptions } from './postgres.ts';

/**
 * Keeps exposures in PostgreSQL. `find` is asked while somebody waits for an answer and has the prompt budget; everything else has patience.
 * An address is opened and closed with the log; a database that is open already is shared, and closed by whoever opened it.
 */
export function postgresExposureLog(where: string | Postgres, options: PostgresOptions = {}): ExposureLog {
  const { postgres, ready, close } = openEntrance(where, options, closedError);
  const { patient, prompt } = postgres;
  const table = `${quoted(postgres.schema)}.exposure`;

  return {
    durable: true,
    async record(exposures) {
      await ready();
      if (exposures.length === 0) return 0;
      const { count } = await patient.run({
        sql: insertInto(table),
        parameters: [JSON.stringify(exposures.map(toExposureRow))],
        name: 'tillcast_record_exposures',
      });
      return count;
    },
    async find(tenant, experimentId, keys) {
      await ready();
      const { rows } = await prompt.run<ExposureRow>({
        sql: `select ${exposureColumns} from ${table} where tenant = $1 and experiment_id = $2 and key = any($3)`,
        parameters: [tenant, experimentId, keys],
        name: 'tillcast_find_exposures',
      });
      return rows.map(toExposure);
    },
    async *read({ tenant, experimentId, untilMs = Number.MAX_SAFE_INTEGER, batch = 8_192 }) {
      let [afterMs, afterKey] = [Number.MIN_SAFE_INTEGER, ''];
      for (;;) {
        await ready();
        const { rows } = await patient.run<ExposureRow>({
          sql: `select ${exposureColumns} from ${table} where tenant = $1 and experiment_id = $2 and exposed_at_ms < $3
                and (exposed_at_ms, key) > ($4, $5) order by exposed_at_ms, key limit $6`,
          parameters: [tenant, experimentId, untilMs, afterMs, afterKey, batch],
        });
        if (rows.length === 0) return;
        ({ exposedAtMs: afterMs, key: afterKey } = rows.at(-1)!);
        yield rows.map(toExposure);
      }
    },
    async count(tenant, experimentId) {
      await ready();
      const { rows } = await patient.run<{ variant: string; units: number }>({
        sql: `select coalesce(variant, '') as variant, count(*)::int as units from ${table}
              where tenant = $1 and experiment_id = $2 and key = unit group by 1`,
        parameters: [tenant, experimentId],
      });
      return Object.fromEntries(rows.map(({ variant, units }) => [variant, units]));
    },
    async erase(tenant, key) {
      await ready();
      const sql = `delete from ${table} where tenant = $1 and (key = $2 or (unit = $2 and unit <> key))`;
      return (await patient.run({ sql, parameters: [tenant, key] })).count;
    },
    close,
  };
}

/** In the order of the key, so that two who record the same units never wait for each other in a ring; of one key, the first given counts. */
const insertInto = (table: string): string =>
  `insert into ${table} (tenant, experiment_id, key, unit, variant, exposed_at_ms, prediction_id, score, base_score, differs)
   select tenant, "experimentId", key, unit, variant, "exposedAtMs", "predictionId", score, "baseScore", differs
   from rows from (json_to_recordset($1) as (tenant text, "experimentId" text, key text, unit text, variant text, "exposedAtMs" bigint,
     "predictionId" text, score float8, "baseScore" float8, differs smallint)) with ordinality
     as g(tenant, "experimentId", key, unit, variant, "exposedAtMs", "predictionId", score, "baseScore", differs, place)
   order by "experimentId" collate "C", key collate "C", tenant collate "C", place on conflict do nothing`;
