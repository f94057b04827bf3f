import type { EventLog } from '@tillcast/core/ports/event-log';
import { postgresEventLog } from '@tillcast/stores/postgres/event-log';
import { migrate } from '@tillcast/stores/postgres/migrate';
import { openPostgres } from '@tillcast/stores/postgres/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anEvent } from '../../../core/test/arbitraries/event.ts';
import { eventLogContract, eventLogLaws } from '../../../core/test/contract/event-log.ts';
import { freshDatabase, postgresMissing } from './shared-postgres.ts';
import { openSpareSchemas } from './spare-schemas.ts';

const tables = ['event', 'event_identity'];

/** Two processes that deliver the same events at the same time, in other orders: each counts once, and none waits for the other in a ring. */
async function twinsLaw(one: EventLog, two: EventLog): Promise<void> {
  for (let round = 0; round < 10; round++) {
    const events = Array.from({ length: 40 }, (_, i) => anEvent({ eventId: `twin-${round}-${i}` }));
    const results = await Promise.all([one.append(events), two.append(events.toReversed()), two.append(events.slice(5, 9))]);
    expect(results.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(40);
    expect(results.every(({ conflicts }) => conflicts.length === 0)).toBe(true);
  }
  expect(await one.count()).toBe(400);
}

/** Schemas with one fault each, and the law that must find it. */
const faults: Readonly<
  Record<string, { readonly fault: (schema: string) => string; readonly law: (one: EventLog, two: EventLog) => Promise<void> }>
> = {
  'sorts ids as people do': {
    fault: (schema) => `alter table ${schema}.event alter column event_id type text collate "default"`,
    law: (one, two) => eventLogLaws['ends ties in the code points of the id, as the bytes of its UTF-8 sort']!(one, () => two),
  },
  'has no unique identity': { fault: (schema) => `drop index ${schema}.event_identity_by_id`, law: twinsLaw },
};

describe.skipIf(postgresMissing !== undefined)('postgres event log', () => {
  let url: string;
  let schemas: Awaited<ReturnType<typeof openSpareSchemas>>;

  beforeAll(async () => {
    url = await freshDatabase('event_log');
    schemas = await openSpareSchemas(url, 4, tables);
  });
  afterAll(() => schemas?.close());

  eventLogContract(() => schemas.lend(postgresEventLog));

  /** Runs work with two logs on one schema, as two processes have them. */
  async function withTwo(url: string, schema: string, work: (one: EventLog, two: EventLog) => Promise<void>): Promise<void> {
    const two = [1, 2].map(() => openPostgres(url, { schema, budgetMs: 20_000 }));
    const [one, other] = two.map((postgres) => postgresEventLog(postgres));
    await work(one!, other!).finally(async () => {
      await Promise.all([one!, other!].map((log) => log.close()));
      await Promise.all(two.map((postgres) => postgres.close()));
    });
  }

  it('lets two processes deliver the same events at once: each counts once', async () => {
    await migrate(url, { schema: 'twins' });
    await withTwo(url, 'twins', twinsLaw);
  });

  it.each(Object.keys(faults))('would be found out if its schema %s', async (name) => {
    const schema = `fault_${Object.keys(faults).indexOf(name)}`;
    const { fault, law } = faults[name]!;
    await migrate(url, { schema });
    await withTwo(url, schema, async (one, two) => {
      await one.append([anEvent({ eventId: 'a day' })]);
      const client = openPostgres(url, { schema, budgetMs: 20_000 });
      await client.patient.run({ sql: `${fault(schema)}; delete from ${schema}.event; delete from ${schema}.event_identity` });
      await client.close();
      await expect(law(one, two)).rejects.toThrow();
    });
  });
});
