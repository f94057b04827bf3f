import type { Erased } from '@tillcast/core/ports/prediction-log';
import { quoted } from './identifier.ts';
import type { Postgres } from './postgres.ts';

/** What removes lines for good: one shopper's, and those past their time. */
export function openErasure({ schema, patient }: Postgres) {
  const name = quoted(schema);
  const removing = (lines: string): string =>
    `with gone as (delete from ${name}.prediction where line in (${lines}) returning line),
     labels as (delete from ${name}.label l using gone where l.line = gone.line returning 1)
     select (select count(*) from gone)::int as predictions, (select count(*) from labels)::int as labels`;

  return {
    erase(tenant: string, shopper: string): Promise<Erased> {
      const other = shopper.startsWith('u:')
        ? `select line from ${name}.prediction where tenant = $1 and user_id = substr($2, 3) and shopper <> 'u:' || user_id`
        : `select line from ${name}.prediction where tenant = $1 and anonymous_id = substr($2, 3) and shopper <> 'a:' || anonymous_id`;
      const lines = `select line from ${name}.prediction where tenant = $1 and shopper = $2 union ${other}`;
      return patient.use(async (session) => {
        await session.query({ sql: 'begin' });
        const { rows } = await session.query<Omit<Erased, 'outcomes'>>({ sql: removing(lines), parameters: [tenant, shopper] });
        const { count } = await session.query({
          sql: `delete from ${name}.outcome where tenant = $1
            and (shopper = $2 or (strpos(body::text, '"linked"') > 0 and body::json ->> 'linked' = $2))`,
          parameters: [tenant, shopper],
        });
        await session.query({ sql: 'commit' });
        return { ...rows[0]!, outcomes: count };
      });
    },
    prune: (askedBeforeMs: number, limit: number): Promise<Erased> =>
      patient.use(async (session) => {
        await session.query({ sql: 'begin' });
        const past = `select line from ${name}.prediction where asked_at_ms < $1 order by asked_at_ms, prediction_id limit $2`;
        const { rows } = await session.query<Omit<Erased, 'outcomes'>>({
          sql: removing(past),
          parameters: [askedBeforeMs, limit],
        });
        const { count } = await session.query({
          sql: `delete from ${name}.outcome where event_time_ms < coalesce((select min(as_of_ms) from ${name}.prediction), 9000000000000000)`,
        });
        await session.query({ sql: 'commit' });
        return { ...rows[0]!, outcomes: count };
      }),
  };
}
