import type { ExperimentRevision, ExperimentStore } from '@tillcast/core/ports/experiment-store';
import { closedError, serialConflict } from '../experiment-store/closed.ts';
import { latestOf } from '../experiment-store/latest.ts';
import { openEntrance } from './entrance.ts';
import { quoted } from './identifier.ts';
import type { Postgres, PostgresOptions } from './postgres.ts';

/**
 * Keeps experiments in PostgreSQL. An address is opened and closed with the store; a database that is open already is shared, and closed by whoever
 * opened it.
 */
export function postgresExperimentStore(where: string | Postgres, options: PostgresOptions = {}): ExperimentStore {
  const { postgres, ready, close } = openEntrance(where, options, closedError);
  const table = `${quoted(postgres.schema)}.experiment_revision`;
  async function run<Row extends object>(sql: string, parameters: readonly unknown[]) {
    await ready();
    return postgres.patient.run<Row>({ sql, parameters });
  }
  const read = async (where: string, parameters: readonly unknown[]): Promise<ExperimentRevision[]> =>
    (await run<{ body: ExperimentRevision }>(`select body from ${table} where ${where} order by serial`, parameters)).rows.map(
      ({ body }) => body,
    );

  return {
    durable: true,
    async append(revision) {
      const { tenant, serial, id } = revision;
      // One statement: of two who add the same serial at once, the second waits for the first and then finds it taken.
      const { count } = await run(
        `insert into ${table} (tenant, serial, id, body) select $1, $2::bigint, $3, $4::json
         where $2::bigint = (select coalesce(max(serial), 0) + 1 from ${table} where tenant = $1) on conflict do nothing`,
        [tenant, serial, id, JSON.stringify(revision)],
      );
      if (count === 0) throw serialConflict(serial);
    },
    list: async (tenant) => latestOf(await read('tenant = $1', [tenant])),
    history: (tenant, id) => read('tenant = $1 and id = $2', [tenant, id]),
    close,
  };
}
