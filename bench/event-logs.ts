// Events a second that each event log acks: batches of 1,000 one after another, and single events from 32 callers. `node bench/event-logs.ts`
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ShopEvent } from '@tillcast/core/events/event';
import type { EventLog } from '@tillcast/core/ports/event-log';
import { openRandom } from '@tillcast/core/simulation/random';
import { postgresEventLog } from '@tillcast/stores/postgres/event-log';
import { migrate } from '@tillcast/stores/postgres/migrate';
import { sqliteEventLog } from '@tillcast/stores/sqlite/event-log';
import { postgresPrograms, startPostgres } from '../packages/stores/test/postgres/start-postgres.ts';

const rounds = 3;
const random = openRandom(1);
const startMs = Date.UTC(2026, 10, 23);
let made = 0;

/** A view as a shop sends it; its id is as random as a UUID. */
function nextEvent(): ShopEvent {
  const hex = (length: number): string => Array.from({ length }, () => Math.floor(random.uniform() * 16).toString(16)).join('');
  made += 1;
  return {
    tenant: 'default',
    eventId: `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}`,
    event: 'view_item',
    eventTimeMs: startMs + made,
    receivedAtMs: startMs + made + 40,
    userId: `user-${made % 20_000}`,
    sessionId: `session-${made >> 3}`,
    items: [{ itemId: `item-${made % 5_000}`, category: 'electronics.smartphone', brand: 'acme', price: 199.9, quantity: 1 }],
  };
}

async function batches(log: EventLog): Promise<number> {
  const given = Array.from({ length: 40 }, () => Array.from({ length: 1_000 }, nextEvent));
  const start = performance.now();
  for (const batch of given) await log.append(batch);
  return (40_000 / (performance.now() - start)) * 1_000;
}

async function singles(log: EventLog): Promise<number> {
  const given = Array.from({ length: 8_000 }, nextEvent);
  const start = performance.now();
  const caller = async (): Promise<void> => {
    for (let event = given.pop(); event !== undefined; event = given.pop()) await log.append([event]);
  };
  await Promise.all(Array.from({ length: 32 }, caller));
  return (8_000 / (performance.now() - start)) * 1_000;
}

const median = (values: readonly number[]): number => Math.round([...values].sort((a, b) => a - b)[values.length >> 1]!);

async function measure(log: EventLog) {
  await log.append(Array.from({ length: 1_000 }, nextEvent));
  const figures = { batchesOf1000: [] as number[], singlesFrom32: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    figures.batchesOf1000.push(await batches(log));
    figures.singlesFrom32.push(await singles(log));
  }
  await log.close();
  return { batches_of_1000: median(figures.batchesOf1000), singles_from_32: median(figures.singlesFrom32) };
}

const folder = mkdtempSync(join(tmpdir(), 'tillcast-bench-'));
const figures: Record<string, Awaited<ReturnType<typeof measure>>> = {
  sqlite: await measure(sqliteEventLog(join(folder, 'events.db'))),
};
rmSync(folder, { recursive: true });
if (postgresPrograms === undefined) process.stderr.write('skipped: PostgreSQL is not installed\n');
else {
  const server = await startPostgres();
  try {
    await migrate(server.url());
    figures.postgres = await measure(postgresEventLog(server.url(), { budgetMs: 10_000 }));
  } finally {
    await server.stop();
  }
}
process.stdout.write(
  `${JSON.stringify({ events_per_second: figures, machine: { cpus: cpus().length, model: cpus()[0]?.model } })}\n`,
);
