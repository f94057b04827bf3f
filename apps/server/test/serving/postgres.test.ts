import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventsAnswer } from '@tillcast/api/events';
import type { Ready } from '@tillcast/api/health';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import { migrations } from '@tillcast/stores/postgres/migrations/migrations';
import { postgresPredictionLog } from '@tillcast/stores/postgres/prediction-log';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, postgresMissing } from '../../../../packages/stores/test/postgres/shared-postgres.ts';
import { type FaultProxy, startFaultProxy } from '../../../../test/faults/tcp-fault-proxy.ts';
import { openDataDir } from '../../src/cli/data-dir.ts';
import { openEventLog } from '../../src/compose.ts';
import { readDatabaseUrl } from '../../src/database-url.ts';
import { type RunningServer, startServer } from '../../src/serving/start-server.ts';
import { toyBundle } from '../toys/toy-bundle.ts';
import { toyRegistry } from '../toys/toy-registry.ts';
import { openToyService, question } from '../toys/toy-service.ts';

const bin = join(import.meta.dirname, '..', '..', 'bin', 'tillcast.mjs');
const root = mkdtempSync(join(tmpdir(), 'tillcast-serve-pg-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('where the database is said to be', () => {
  it('is DATABASE_URL, or the file that DATABASE_URL_FILE names', () => {
    const file = join(root, 'url');
    writeFileSync(file, 'postgres://u:p@h/d\n');
    expect(readDatabaseUrl({ DATABASE_URL_FILE: file })).toBe('postgres://u:p@h/d');
    expect(readDatabaseUrl({ DATABASE_URL: 'postgresql://h/d' })).toBe('postgresql://h/d');
    expect([readDatabaseUrl({}), readDatabaseUrl({ DATABASE_URL: '' })]).toEqual([undefined, undefined]);
    expect(() => readDatabaseUrl({ DATABASE_URL: 'postgres://h/d', DATABASE_URL_FILE: file })).toThrow('both set');
  });

  it('is refused without telling its password', () => {
    for (const url of ['mysql://u:hunter2@h/d', 'hunter2'])
      expect(() => readDatabaseUrl({ DATABASE_URL: url })).toThrow(/^(?!.*hunter2).*postgres:\/\/user:password@host/);
  });

  it('is needed where events are to leave after a time', () => {
    expect(() => openEventLog(openDataDir(join(root, 'embedded')), {}, { retentionDays: 30 })).toThrow(
      'event_retention_days needs PostgreSQL',
    );
  });
});

describe('/readyz', () => {
  it('goes on saying yes while the store of events is gone, and tells', async () => {
    const gone = Object.assign(new Error('PostgreSQL cannot be reached'), { code: 'STORE_UNAVAILABLE' });
    const models = toyRegistry([toyBundle('v1')]);
    const service = await openToyService({ models, eventLog: { ...memoryEventLog(), check: () => Promise.reject(gone) } });
    const response = await service.get('/readyz');
    const answer = response.json<Ready>();
    expect([response.statusCode, answer.status]).toEqual([200, 'degraded']);
    expect(answer.checks.find(({ name }) => name === 'events')).toEqual({
      name: 'events',
      ok: false,
      detail: 'PostgreSQL cannot be reached',
    });
  });
});

describe.skipIf(postgresMissing !== undefined)('tillcast serve on PostgreSQL', () => {
  let direct: string;
  let through: string;
  let proxy: FaultProxy;
  let server: RunningServer | undefined;

  beforeAll(async () => {
    direct = await freshDatabase('serve');
    proxy = await startFaultProxy({ port: Number(new URL(direct).port) });
    through = Object.assign(new URL(direct), { port: String(proxy.port) }).href;
  });
  afterAll(async () => {
    await proxy?.set({ kind: 'pass' });
    await server?.close();
    await proxy?.close();
  });

  const happened = new Date().toISOString();
  const start = (): Promise<RunningServer> =>
    startServer({
      data: join(root, 'data'),
      port: 0,
      open: true,
      logLevel: 'silent',
      env: { DATABASE_URL: through },
      databaseBudgetMs: 2_000,
    });
  const send = (ids: readonly string[]) =>
    fetch(`${server!.url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(
        ids.map((id) => ({
          event_id: id,
          event: 'view_item',
          event_time: happened,
          user_id: 'ana',
          items: [{ item_id: 'p1', price: 120 }],
        })),
      ),
    });
  const predict = () =>
    fetch(`${server!.url}/v1/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(question()),
    });
  const eventsCheck = async () =>
    ((await (await fetch(`${server!.url}/readyz`)).json()) as Ready).checks.find(({ name }) => name === 'events')!;
  const tillcast = (...args: string[]) =>
    spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8', env: { ...process.env, DATABASE_URL: direct } });

  it('does not start on a schema that is not there, and says what to do', async () => {
    await expect(start()).rejects.toThrow(/lacks the step.*run tillcast migrate/s);
  });

  it('starts after tillcast migrate, keeps events there, and finds them again', async () => {
    const migrated = tillcast('migrate', '--json');
    expect(migrated.stderr).toContain('step 1 (event log, expand): applied');
    const { applied, outstanding } = JSON.parse(migrated.stdout);
    expect(applied.map(({ id, phase }: { id: number; phase: string }) => `${id} ${phase}`)).toEqual(
      migrations.map(({ id, phase }) => `${id} ${phase}`),
    );
    expect(outstanding).toEqual([]);
    server = await start();
    expect(await (await send(['a', 'b'])).json()).toMatchObject({ accepted: 2 });
    await server.close();
    server = await start();
    expect(await (await send(['a', 'c'])).json()).toMatchObject({ accepted: 1, duplicate: 1 });
    const log = openEventLog(openDataDir(join(root, 'data')), { DATABASE_URL: direct });
    expect(await log.count()).toBe(3);
    await log.close();
  });

  it('answers predictions while PostgreSQL is gone, refuses events with 503 and Retry-After, and takes them again after', async () => {
    await proxy.set({ kind: 'refuse' });
    const refused = await send(['d']);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)]);
    expect(await refused.json()).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    const predicted = await predict();
    expect(predicted.status).toBe(200);
    await expect.poll(async () => (await eventsCheck()).ok, { timeout: 10_000 }).toBe(false);
    await proxy.set({ kind: 'pass' });
    await expect.poll(async () => (await send(['d'])).status, { timeout: 5_000, interval: 100 }).toBe(200);
    await expect.poll(async () => (await eventsCheck()).ok, { timeout: 10_000 }).toBe(true);
    // The prediction answered meanwhile is written behind, as soon as that is possible.
    const logged = postgresPredictionLog(direct, { budgetMs: 10_000 });
    await expect.poll(() => logged.count(), { timeout: 10_000 }).toBeGreaterThan(0);
    await logged.close();
    const again = (await (await send(['d', 'e'])).json()) as EventsAnswer;
    expect(again).toMatchObject({ accepted: 1, duplicate: 1 });
  });
});
