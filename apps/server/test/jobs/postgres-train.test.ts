import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventLog } from '@tillcast/core/ports/event-log';
import { noSettings } from '@tillcast/core/shop/settings';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { freshDatabase, postgresMissing } from '../../../../packages/stores/test/postgres/shared-postgres.ts';
import { openDataDir } from '../../src/cli/data-dir.ts';
import { migrateDatabase, openEventLog, openItemCatalogue, openModelRegistry } from '../../src/compose.ts';
import { buildDataset } from '../../src/jobs/build-dataset.ts';
import { openFilledLog } from '../../src/jobs/open-filled-log.ts';
import { trainerPython } from '../../src/jobs/run-trainer.ts';
import { train } from '../../src/jobs/train.ts';
import type { TrainingOptions } from '../../src/jobs/train-options.ts';
import { smallShop } from './small-shop.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tillcast-train-pg-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
afterEach(() => {
  delete process.env.DATABASE_URL;
});

const small = {
  ...{ horizonMs: 600_000, trials: 0, threads: 1, maxTrees: 10, replicates: 50 },
  target: 'session',
  members: ['random_forest'],
} satisfies Partial<TrainingOptions>;

/** A shop's events and catalogue, in the store that the environment says, and the log as jobs open it. */
async function openShop(name: string, sessions: number) {
  const data = openDataDir(join(scratch, name));
  const [log, catalogue] = [openEventLog(data), openItemCatalogue(data)];
  // Late and out of order, as events come.
  const events = smallShop({ sessions }).map((event, n) =>
    n % 7 === 0 ? { ...event, receivedAtMs: event.receivedAtMs + 90_000 } : event,
  );
  for (const part of [events.filter((_, n) => n % 3 === 0), events.filter((_, n) => n % 3 !== 0)]) await log.append(part);
  await catalogue.append([
    {
      tenant: 'default',
      itemId: 'i1',
      validFromMs: 1,
      receivedAtMs: events[50]!.receivedAtMs,
      says: { brand: 'acme', price: 9 },
    },
    { tenant: 'default', itemId: 'i2', validFromMs: 1, receivedAtMs: 1, says: { brand: '\u{1f600}', cost: 4 } },
  ]);
  await Promise.all([log.close(), catalogue.close()]);
  return { data, log: openFilledLog(data, noSettings), registry: openModelRegistry(data) };
}

const tableOf = async (log: EventLog, name: string): Promise<Buffer> => {
  const out = join(scratch, `${name}.parquet`);
  const { rows } = await buildDataset(log, { out, target: 'item', horizonMs: 600_000 });
  expect(rows).toBeGreaterThan(500);
  return readFileSync(out);
};

describe.skipIf(postgresMissing !== undefined)('jobs on PostgreSQL', () => {
  it('build the same table as on files, bit for bit', async () => {
    const files = await openShop('files', 400);
    const before = await tableOf(files.log, 'files');
    await files.log.close();
    process.env.DATABASE_URL = await freshDatabase('dataset');
    await migrateDatabase(process.env.DATABASE_URL, {});
    const database = await openShop('database', 400);
    const after = await tableOf(database.log, 'database');
    await database.log.close();
    expect(after.equals(before)).toBe(true);
  });

  // The same table gives the same model (train.test.ts); training twice to see it again takes long.
  const places = process.env.TILLCAST_LONG === '1' ? ['database', 'files'] : ['database'];
  it.skipIf(trainerPython() === undefined)(
    'train a model that opens, and is the one that files give',
    {
      timeout: 300_000,
    },
    async () => {
      const hashes = new Set<string>();
      for (const place of places) {
        delete process.env.DATABASE_URL;
        if (place === 'database') {
          process.env.DATABASE_URL = await freshDatabase('train');
          await migrateDatabase(process.env.DATABASE_URL, {});
        }
        const shop = await openShop(`train-${place}`, 700);
        const { manifest } = await train({ ...shop, ...small });
        await shop.log.close();
        expect((await shop.registry.open('session', manifest.version)).manifest.version).toBe(manifest.version);
        hashes.add(manifest.contentHash);
      }
      expect(hashes.size).toBe(1);
    },
  );
});
