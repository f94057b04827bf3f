import type { EventRow } from '../event-log/event-row.ts';
import { quoted } from './identifier.ts';
import type { Postgres } from './postgres.ts';

/** Removes rows and their identities in one transaction; the server gives the space back by its own vacuum. */
export function openEventErasure({ schema, patient }: Postgres): (rows: readonly EventRow[]) => Promise<number> {
  const name = quoted(schema);
  const given = `json_to_recordset($1) as g(tenant text, "eventId" text, "eventTimeMs" bigint, "knowableAtMs" bigint)`;
  // The times lead to the partition and its index; the id alone would look through all of them.
  const events = `delete from ${name}.event e using ${given} where e.tenant = g.tenant and e.knowable_at_ms = g."knowableAtMs"
    and e.event_time_ms = g."eventTimeMs" and e.event_id = g."eventId"`;
  const identities = `delete from ${name}.event_identity i using ${given} where i.tenant = g.tenant and i.event_id = g."eventId"`;
  return (rows) =>
    patient.use(async (session) => {
      const parameters = [
        JSON.stringify(
          rows.map(({ tenant, eventId, eventTimeMs, knowableAtMs }) => ({ tenant, eventId, eventTimeMs, knowableAtMs })),
        ),
      ];
      await session.query({ sql: 'begin' });
      const { count } = await session.query({ sql: events, parameters });
      await session.query({ sql: identities, parameters });
      await session.query({ sql: 'commit' });
      return count;
    });
}
