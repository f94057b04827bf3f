import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventLog } from '@tillcast/core/ports/event-log';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import { memoryHotState } from '@tillcast/stores/memory/hot-state';
import { postgresEventLog } from '@tillcast/stores/postgres/event-log';
import { migrate } from '@tillcast/stores/postgres/migrate';
import { sqliteEventLog } from '@tillcast/stores/sqlite/event-log';
import { afterAll, beforeAll, describe } from 'vitest';
import { hotEngine, hotStateContract } from '../../../core/test/contract/hot-state.ts';
import { freshDatabase, postgresMissing } from '../postgres/shared-postgres.ts';
import { type HotPlace, openHotPlace } from './hot-places.ts';
import { redisMissing, startRedis, type TestRedis } from './start-redis.ts';

/** Histories a law; by `npm run long` 10,000, and as many as TILLCAST_LAW_RUNS says. */
const runsOf = (usual: number): number => Number(process.env.TILLCAST_LAW_RUNS ?? (process.env.TILLCAST_LONG ? 10_000 : usual));

describe('memory hot state', () => {
  const open = () => memoryHotState(hotEngine);
  hotStateContract(() => ({ processes: [open()], log: memoryEventLog(), open }), runsOf(200));
});

/** The logs that the states are folded anew from. */
const logs: Readonly<
  Record<string, { readonly missing: string | undefined; readonly open: (folder: string) => Promise<EventLog> }>
> = {
  memory: { missing: undefined, open: async () => memoryEventLog() },
  SQLite: { missing: undefined, open: async (folder) => sqliteEventLog(join(folder, 'events.db')) },
  PostgreSQL: {
    missing: postgresMissing,
    async open() {
      const url = await freshDatabase('hot_state');
      await migrate(url, {});
      return postgresEventLog(url, { budgetMs: 5_000 });
    },
  },
};

describe.each(Object.entries(logs))('%s and Redis', (name, { missing, open }) => {
  describe.skipIf(redisMissing !== undefined || missing !== undefined)('hot state', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tillcast-hot-'));
    let server: TestRedis;
    let place: HotPlace;
    beforeAll(async () => {
      server = await startRedis();
      place = await openHotPlace(server, await open(folder));
    });
    afterAll(async () => {
      await place?.close();
      await place?.log.close();
      await server?.stop();
      rmSync(folder, { recursive: true });
    });
    hotStateContract(() => place, runsOf(name === 'memory' ? 80 : name === 'SQLite' ? 24 : 16));
  });
});
