import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PredictAnswer } from '@tillcast/api/predict';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redisMissing, startRedis, type TestRedis } from '../../../../packages/stores/test/redis/start-redis.ts';
import { openServingPlace, type ServingPlace } from '../../src/compose.ts';
import { readRedisUrl } from '../../src/redis-url.ts';
import { toyBundle } from '../toys/toy-bundle.ts';
import { toyRegistry } from '../toys/toy-registry.ts';
import { openToyService, question, wireEvent } from '../toys/toy-service.ts';

const folder = mkdtempSync(join(tmpdir(), 'tillcast-redis-url-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('where Redis is said to be', () => {
  it('is REDIS_URL, or the file that REDIS_URL_FILE names', () => {
    const file = join(folder, 'url');
    writeFileSync(file, 'redis://h:6379\n');
    expect(readRedisUrl({ REDIS_URL_FILE: file })).toBe('redis://h:6379');
    expect(readRedisUrl({ REDIS_URL: 'rediss://u:p@h/2' })).toBe('rediss://u:p@h/2');
    expect([readRedisUrl({}), readRedisUrl({ REDIS_URL: '' })]).toEqual([undefined, undefined]);
  });

  it('is refused without telling its password', () => {
    for (const url of ['http://u:hunter2@h', 'hunter2'])
      expect(() => readRedisUrl({ REDIS_URL: url })).toThrow(/^(?!.*hunter2).*redis:\/\/user:password@host/);
  });
});

describe.skipIf(redisMissing !== undefined)('two services over one Redis', () => {
  let server: TestRedis;
  const places: ServingPlace[] = [];
  const eventLog = memoryEventLog();
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(async () => {
    for (const place of places) await place.close();
    await server?.stop();
  });

  async function open() {
    const place = openServingPlace({ REDIS_URL: server.url() }, () => {});
    places.push(place);
    return openToyService({ models: toyRegistry([toyBundle('v1')]), eventLog, openHotState: place.openHotState });
  }
  const rungOf = async (service: Awaited<ReturnType<typeof open>>, user: string): Promise<string> =>
    (await service.post('/v1/predict', question({ user_id: user, explain: false }))).json<PredictAnswer>().rung;

  it('know the same: what one takes in, the other answers from at once, and so does one that starts later', async () => {
    const [one, two] = [await open(), await open()];
    expect(await rungOf(two, 'ana')).toBe('profile');
    expect((await one.post('/v1/events', [wireEvent('e1', 'view_item'), wireEvent('e2', 'add_to_cart')])).json()).toMatchObject({
      accepted: 2,
    });
    await expect.poll(() => rungOf(two, 'ana')).toBe('behavioural');
    const said = await Promise.all(
      [one, two, await open()].map(async (service) => (await service.post('/v1/predict', question())).json<PredictAnswer>()),
    );
    expect(new Set(said.map(({ log_odds }) => log_odds)).size).toBe(1);
    expect(said.flatMap(({ degraded = [] }) => degraded)).not.toContain('state');
    const batch = await two.post('/v1/predict/batch', {
      requests: [question({ explain: false }), question({ user_id: 'new', explain: false })],
    });
    expect(batch.json().predictions.map(({ prediction }: { prediction: PredictAnswer }) => prediction.rung)).toEqual([
      'behavioural',
      'profile',
    ]);
  });

  it('forget whom one is told to erase', async () => {
    const [one, two] = [await open(), await open()];
    await one.post('/v1/events', [wireEvent('b1', 'view_item', { user_id: 'ben' })]);
    await expect.poll(() => rungOf(two, 'ben')).toBe('behavioural');
    expect((await two.app.inject({ method: 'DELETE', url: '/v1/subjects/u:ben' })).statusCode).toBe(200);
    expect(await rungOf(one, 'ben')).toBe('profile');
  });

  it('answer from what is at hand when Redis was never there', async () => {
    const place = openServingPlace({ REDIS_URL: 'redis://127.0.0.1:1' }, () => {});
    places.push(place);
    const service = await openToyService({ models: toyRegistry([toyBundle('v1')]), openHotState: place.openHotState });
    await service.post('/v1/events', [wireEvent('e1', 'view_item')]);
    const answer = (await service.post('/v1/predict', question({ explain: false }))).json<PredictAnswer>();
    expect([answer.rung, answer.degraded]).toEqual(['behavioural', ['state']]);
  });
});
