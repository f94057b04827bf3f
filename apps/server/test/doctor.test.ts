import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ShopEvent } from '@tillcast/core/events/event';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redisMissing, startRedis, type TestRedis } from '../../../packages/stores/test/redis/start-redis.ts';
import { openDataDir } from '../src/cli/data-dir.ts';
import { openEventLog } from '../src/compose.ts';
import { checkNode } from '../src/doctor/check-machine.ts';
import { checkClock, checkRedis, type RedisAsked } from '../src/doctor/check-redis.ts';
import { checkStateMemory } from '../src/doctor/check-state-memory.ts';
import { bytesInWords, type Finding } from '../src/doctor/finding.ts';
import { checkForecast, expectedStates, synthetic } from '../src/doctor/forecast.ts';
import { measureStates } from '../src/doctor/measure-states.ts';

const statuses = (findings: readonly Finding[]): Record<string, string> =>
  Object.fromEntries(findings.map(({ check, status }) => [check, status]));

describe('what doctor looks at', () => {
  const sound: RedisAsked = {
    ...{ version: '7.2.11', maxMemory: 1e9, policy: 'noeviction', usedBytes: 1e6, role: 'master', timeMs: 0, roundTripUs: 50 },
  };

  it('finds nothing in a sound Redis', () => {
    expect(checkRedis(sound, 0).every(({ status }) => status === 'ok')).toBe(true);
  });

  it.each([
    [{ version: '6.2.9' }, 'redis version', 'fail'],
    [{ policy: 'allkeys-lru' }, 'redis memory policy', 'fail'],
    [{ maxMemory: 0 }, 'redis memory', 'warn'],
    [{ usedBytes: 0.9e9 }, 'redis memory', 'warn'],
    [{ role: 'slave' }, 'redis role', 'fail'],
    [{ timeMs: 5_000 }, 'redis clock', 'warn'],
    [{ timeMs: -90_000 }, 'redis clock', 'fail'],
    [{ roundTripUs: 9_000 }, 'redis distance', 'warn'],
  ] as const)('%o: %s %s', (change, check, status) => {
    const found = statuses(checkRedis({ ...sound, ...change }, 0));
    expect(found[check]).toBe(status);
    expect(Object.values(found).filter((one) => one !== 'ok')).toHaveLength(1);
  });

  it('knows clocks, versions and bytes', () => {
    expect([999, 1_000, 59_999, 60_000].map((ms) => checkClock('c', ms).status)).toEqual(['ok', 'warn', 'warn', 'fail']);
    expect(['22.9.0', '24.0.0', '25.1.0'].map((version) => checkNode(version).status)).toEqual(['fail', 'ok', 'ok']);
    expect([512, 1_536, 3 * 2 ** 30].map(bytesInWords)).toEqual(['512 bytes', '1.5 KiB', '3.0 GiB']);
  });
});

describe('the memory for states', () => {
  const states = { shopper: { count: 40_000, bytes: 350 }, shared: { count: 20_000, bytes: 70 } };

  it('is enough, or doctor says how much would be', () => {
    expect(checkStateMemory(states, 35, 96).status).toBe('ok');
    const { status, detail } = checkStateMemory({ ...states, shopper: { count: 400_000, bytes: 350 } }, 35, 96);
    expect(status).toBe('warn');
    const advised = Number(/set it to (\d+)/.exec(detail)![1]);
    const { status: then } = checkStateMemory({ ...states, shopper: { count: 400_000, bytes: 350 } }, 35, advised);
    expect(then).toBe('ok');
  });
});

describe('the forecast', () => {
  const view = (at: number): ShopEvent => ({
    ...{
      tenant: 'default',
      eventId: `e${at}`,
      event: 'view_item',
      userId: `u${at % 10}`,
      eventTimeMs: at * 8_640_000,
      receivedAtMs: at * 8_640_000,
    },
    items: [{ itemId: `i${at % 4}`, category: 'c', quantity: 1 }],
  });
  async function* log(count: number) {
    yield Array.from({ length: count }, (_, at) => view(at));
  }

  it('measures what events leave', async () => {
    const measured = (await measureStates(log(101), { timeZone: 'UTC' }))!;
    expect(measured).toMatchObject({ events: 101, days: 10, shoppers: 10, shared: 4 + 1 + 1 });
    expect(measured.shopperBytes).toBeGreaterThan(100);
    expect(await measureStates(log(0), { timeZone: 'UTC' })).toBeUndefined();
  });

  it('grows with traffic and days, as it is told or as it was', () => {
    const measured = { events: 1_000, days: 10, shoppers: 100, shared: 50, shopperBytes: 600, sharedBytes: 60 };
    const shoppersOf = (expected: Partial<Parameters<typeof expectedStates>[1]>) =>
      expectedStates(measured, { daysKept: 35, ...expected }).shopper.count;
    expect(shoppersOf({})).toBe(350);
    expect(shoppersOf({ daysKept: 7 })).toBe(70);
    expect(shoppersOf({ eventsPerDay: 1_000 })).toBe(3_500);
    expect(shoppersOf({ shoppersPerDay: 20 })).toBe(700);
    expect(expectedStates(synthetic, { daysKept: 35, items: 7 }).shared.count).toBe(7);
  });

  it('is held against what Redis may use', () => {
    const forecast = { shoppers: 10, shopperBytes: 1e6, shared: 5, sharedBytes: 1e6, totalBytes: 2e6, advisedBytes: 4e6 };
    expect([undefined, 0, 2e6, 1e6].map((maxMemory) => checkForecast(forecast, 35, maxMemory).status)).toEqual([
      'ok',
      'ok',
      'ok',
      'warn',
    ]);
  });
});

describe('tillcast doctor', () => {
  const bin = join(import.meta.dirname, '..', 'bin', 'tillcast.mjs');
  const data = mkdtempSync(join(tmpdir(), 'tillcast-doctor-'));
  let server: TestRedis | undefined;
  beforeAll(async () => {
    const log = openEventLog(openDataDir(data), {});
    await log.append([
      { tenant: 'default', eventId: 'e', event: 'view_item', userId: 'u', eventTimeMs: 1e12, receivedAtMs: 1e12, items: [] },
    ]);
    await log.close();
    if (redisMissing === undefined) server = await startRedis({ 'maxmemory-policy': 'allkeys-lru' });
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(data, { recursive: true });
  });
  const doctor = (env: Record<string, string>) => {
    const { DATABASE_URL: _d, REDIS_URL: _r, ...rest } = process.env;
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'doctor', '--data', data, '--json'], {
      encoding: 'utf8',
      env: { ...rest, ...env },
    });
    return { status, stderr, report: JSON.parse(stdout) as { status: string; findings: Finding[] } };
  };

  it.skipIf(redisMissing !== undefined)('names what is wrong, and how to mend it; ends with 1', () => {
    const { status, stderr, report } = doctor({ REDIS_URL: server!.url() });
    expect([status, report.status]).toEqual([1, 'fail']);
    expect(statuses(report.findings)).toMatchObject({
      events: 'ok',
      models: 'warn',
      'redis memory policy': 'fail',
      'redis clock': 'ok',
    });
    expect(stderr).toMatch(/fail {2}redis memory policy: maxmemory-policy is allkeys-lru; .*set noeviction/);
  });

  it('says that a Redis that was named does not answer, and goes on', () => {
    const { status, report } = doctor({ REDIS_URL: 'redis://127.0.0.1:1' });
    expect(status).toBe(1);
    expect(report.findings.find(({ check }) => check === 'redis')).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('did not answer'),
    });
    expect(statuses(report.findings)).toMatchObject({ events: 'ok', node: 'ok' });
  });
});
