import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventsAnswer } from '@tillcast/api/events';
import type { PredictAnswer } from '@tillcast/api/predict';
import type { ShoppersAnswer } from '@tillcast/api/shoppers';
import type { SubjectExport } from '@tillcast/api/subjects';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import { memorySuppressions } from '@tillcast/stores/memory/suppressions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redisMissing, startRedis, type TestRedis } from '../../../../packages/stores/test/redis/start-redis.ts';
import { openOwnBus, openServingPlace, type ServingPlace } from '../../src/compose.ts';
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

  const suppressions = memorySuppressions();
  const patient = { timeout: 10_000 };
  async function open({ models = toyRegistry([toyBundle('v1')]), isDeaf = false } = {}) {
    const place = openServingPlace({ REDIS_URL: server.url() }, () => {});
    places.push(place);
    const bus = isDeaf ? openOwnBus() : place.bus;
    return openToyService({ models, eventLog, suppressions, openHotState: place.openHotState, bus });
  }
  const rungOf = async (service: Awaited<ReturnType<typeof open>>, user: string): Promise<string> =>
    (await service.post('/v1/predict', question({ user_id: user, explain: false }))).json<PredictAnswer>().rung;

  it('tell a shopper as often as the cap of a rule says, all together, and anew once they are erased; planted: each by itself, they do not', async () => {
    const rules = join(folder, 'capped.yaml');
    const example = '[{ facts: { price: 900 }, fires: true }]';
    const cap = '{ times: 2, within: P1D }';
    writeFileSync(
      rules,
      `rules:\n  - { id: dear, family: price, when: price > 500.0, text: Dear., action: Wait., cap: ${cap}, examples: ${example} }\n`,
    );
    const openTelling = (shares: boolean) => {
      const place = openServingPlace({ REDIS_URL: server.url() }, () => {});
      places.push(place);
      const tellings = shares ? place.tellings : undefined;
      return openToyService({ bus: place.bus, tellings, settings: { rules }, suppressions });
    };
    const ask = async (service: Awaited<ReturnType<typeof openTelling>>, user_id: string): Promise<number> => {
      const answer = await service.post('/v1/predict', question({ user_id, price: 900, explain: false }));
      // What was told goes to the others behind the answer.
      await new Promise((resolve) => setTimeout(resolve, 60));
      return answer.json<PredictAnswer>().insights.length;
    };
    const toldBy = async (services: Awaited<ReturnType<typeof openTelling>>[], user: string): Promise<number> => {
      let told = 0;
      for (let n = 0; n < 3; n++) for (const service of services) told += await ask(service, user);
      return told;
    };
    const together = [await openTelling(true), await openTelling(true)];
    expect(await toldBy(together, 'ida')).toBe(2);
    const batch = await together[1]!.post('/v1/predict/batch', {
      requests: [question({ user_id: 'ida', price: 900, explain: false })],
    });
    expect(batch.json().predictions[0].prediction.insights).toEqual([]);
    expect((await together[0]!.app.inject({ method: 'DELETE', url: '/v1/subjects/u:ida' })).statusCode).toBeLessThan(300);
    await expect.poll(() => ask(together[1]!, 'ida'), patient).toBe(1);
    expect(await toldBy([await openTelling(false), await openTelling(false)], 'eva')).toBe(4);
  });

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

  const listed = async (service: Awaited<ReturnType<typeof open>>): Promise<string[]> =>
    (await service.get('/v1/shoppers')).json<ShoppersAnswer>().shoppers.map(({ shopper }) => shopper);
  const erase = async (service: Awaited<ReturnType<typeof open>>, id: string): Promise<void> =>
    void expect((await service.app.inject({ method: 'DELETE', url: `/v1/subjects/${id}` })).statusCode).toBe(200);

  it('purge what they alone remember of whom another erased, and do not take it again', async () => {
    const [one, two, deaf] = [await open(), await open(), await open({ isDeaf: true })];
    const seen = [
      wireEvent('c1', 'view_item', { user_id: undefined, anonymous_id: 'cleos' }),
      wireEvent('c2', 'view_item', { user_id: 'cleo', anonymous_id: 'cleos' }, 50),
      wireEvent('c3', 'view_item', { user_id: 'dora' }, 40),
    ];
    for (const [at, service] of [two, deaf, one].entries()) await service.post('/v1/events', [seen[at]]);
    for (const service of [two, deaf])
      await service.post('/v1/events', [wireEvent(`c-${service === two}`, 'search', { user_id: 'cleo' }, 30)]);
    await expect.poll(() => rungOf(two, 'cleo'), patient).toBe('behavioural');
    for (const service of [two, deaf]) await expect.poll(() => listed(service), patient).toContain('u:cleo');
    await erase(one, 'u:cleo');
    await expect.poll(() => listed(two), patient).not.toContain('u:cleo');
    await expect.poll(() => rungOf(two, 'cleo'), patient).toBe('profile');
    const again = (await two.post('/v1/events', [seen[0]])).json<EventsAnswer>();
    expect(again).toMatchObject({ accepted: 0, rejected: 1 });
    // Who hears no news goes on showing them: that is what the news is for.
    expect(await listed(deaf)).toContain('u:cleo');
  });

  it('know what is left of an owner whose device one is told to erase', async () => {
    const [one, two] = [await open(), await open()];
    await one.post('/v1/events', [
      wireEvent('d1', 'view_item', { user_id: undefined, anonymous_id: 'eds' }, 90),
      wireEvent('d2', 'view_item', { user_id: undefined, anonymous_id: 'eds' }, 80),
      wireEvent('d3', 'view_item', { user_id: 'ed', anonymous_id: 'eds' }, 70),
    ]);
    const known = async (service: typeof one) =>
      (await service.get('/v1/subjects/u:ed')).json<SubjectExport>().state?.features.shopper_events;
    for (const service of [one, two]) await expect.poll(() => known(service), patient).toBe(3);
    await erase(one, 'a:eds');
    for (const service of [one, two]) expect(await known(service)).toBe(1);
  });

  it('follow the model that another begins to serve, without waiting to look', async () => {
    const models = toyRegistry([toyBundle('v1')]);
    const [one, two] = [await open({ models }), await open({ models })];
    const served = async (): Promise<string | undefined> =>
      (await two.post('/v1/predict', question({ explain: false }))).json<PredictAnswer>().model?.version;
    expect(await served()).toBe('v1');
    models.promote(toyBundle('v2'));
    await one.champions.refresh();
    await expect.poll(served, patient).toBe('v2');
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
