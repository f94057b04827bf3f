import { ModelsAnswer } from '@tillcast/api/models';
import { type ShoppersAnswer, ShoppersAnswer as ShoppersAnswerSchema } from '@tillcast/api/shoppers';
import { describe, expect, it } from 'vitest';
import { compileChecker } from '../../src/http/validation.ts';
import { toyBundle } from '../toys/toy-bundle.ts';
import { toyRegistry } from '../toys/toy-registry.ts';
import { openToyService, question, wireEvent } from '../toys/toy-service.ts';

const faults = compileChecker(ShoppersAnswerSchema);
const models = toyRegistry([toyBundle('v1', { target: 'session' })]);
const service = await openToyService({ models });
const list = async (query = ''): Promise<ShoppersAnswer> => (await service.get(`/v1/shoppers${query}`)).json<ShoppersAnswer>();

await service.post('/v1/events', [
  wireEvent('1', 'view_item', { user_id: 'viewer', session_id: 'sv' }, 3_000),
  wireEvent('2', 'view_item', { user_id: 'buyer', session_id: 'sb' }, 600),
  wireEvent('3', 'add_to_cart', { user_id: 'buyer', session_id: 'sb' }, 500),
  wireEvent('4', 'view_item', { user_id: undefined, anonymous_id: 'phone', session_id: 'sp' }, 100),
]);

describe('GET /v1/shoppers', () => {
  it('lists the likeliest buyers first, each with reasons, insights and what to do', async () => {
    const answer = await list('?sort=probability&limit=2&active_within_minutes=120');
    expect(faults(answer)).toEqual([]);
    expect(answer).toMatchObject({
      target: 'session',
      horizon: 'PT24H',
      model: { version: 'v1' },
      base_rate: 0.03,
      known: 3,
      matching: 3,
    });
    expect(answer.shoppers).toHaveLength(2);
    expect(answer.shoppers[0]).toMatchObject({
      shopper: 'u:buyer',
      user_id: 'buyer',
      anonymous_id: null,
      session_id: 'sb',
      session_events: 2,
      last_item: 'p1',
      band: 'top 5 %',
      last_event_time: '2026-11-20T18:21:40.000Z',
      reasons: [
        { feature: 'session_cart_adds', value: 1 },
        { feature: 'price', value: 120 },
      ],
    });
    expect(answer.shoppers[0]!.insights.map(({ rule }) => rule)).toContain('premium-placement');
    expect(answer.shoppers[0]!.recommendation).toContain('20 in 100 bought');
    expect(answer.shoppers[0]!.purchase_probability).toBeGreaterThan(answer.shoppers[1]!.purchase_probability);
  });

  it('lists the latest first, or only the active ones', async () => {
    expect((await list('?sort=recent&active_within_minutes=120')).shoppers.map(({ shopper }) => shopper)).toEqual([
      'a:phone',
      'u:buyer',
      'u:viewer',
    ]);
    expect(await list()).toMatchObject({ known: 3, matching: 2 });
  });

  it('lets a visit go that has bought', async () => {
    const shop = await openToyService({ models: toyRegistry([toyBundle('v1', { target: 'session' })]) });
    const who = { user_id: 'done', session_id: 'sd' };
    const listed = async () => (await shop.get('/v1/shoppers')).json<ShoppersAnswer>().matching;
    await shop.post('/v1/events', [wireEvent('a', 'add_to_cart', who, 60)]);
    expect(await listed()).toBe(1);
    await shop.post('/v1/events', [wireEvent('b', 'purchase', who, 50)]);
    expect(await listed()).toBe(0);
    await shop.post('/v1/events', [wireEvent('c', 'view_item', { ...who, session_id: 'next' }, 40)]);
    expect(await listed()).toBe(1);
  });

  it('follows events and the champion at once', async () => {
    const before = (await list()).shoppers.find(({ shopper }) => shopper === 'a:phone')!;
    await service.post(
      '/v1/events',
      wireEvent('5', 'add_to_cart', { user_id: undefined, anonymous_id: 'phone', session_id: 'sp' }, 50),
    );
    const after = (await list()).shoppers.find(({ shopper }) => shopper === 'a:phone')!;
    expect(after.purchase_probability).toBeGreaterThan(before.purchase_probability);
    models.promote(toyBundle('v2', { target: 'session', lift: 1 }));
    await service.champions.refresh();
    const swapped = await list();
    expect(swapped.model.version).toBe('v2');
    expect(swapped.shoppers.find(({ shopper }) => shopper === 'a:phone')!.purchase_probability).toBeGreaterThan(
      after.purchase_probability,
    );
  });

  it.each(['?limit=0', '?limit=201', '?limit=x', '?limit=1e999', '?sort=price', '?offset=1', '?limit=1&limit=2'])(
    'refuses %s',
    async (query) => {
      const response = await service.get(`/v1/shoppers${query}`);
      expect(response.statusCode).toBe(400);
      expect(response.json().errors[0].pointer).toMatch(/^\/(limit|sort|offset)$/);
    },
  );
});

describe('the board', () => {
  it('keeps the shoppers seen last, however many come', async () => {
    const crowd = await openToyService();
    for (let batch = 0; batch < 6; batch++) {
      const events = Array.from({ length: 1_000 }, (_, n) =>
        wireEvent(`${batch}-${n}`, 'view_item', { user_id: `u${batch}-${n}`, session_id: `s${batch}-${n}` }, 60 - batch),
      );
      await crowd.post('/v1/events', { events });
    }
    const answer = (await crowd.get('/v1/shoppers?sort=recent&limit=1')).json<ShoppersAnswer>();
    expect(answer.known).toBe(5_000);
    expect(answer.shoppers[0]!.shopper).toMatch(/^u:u5-/);
  });
});

describe('GET /v1/models', () => {
  it('shows every version, and which one serves', async () => {
    const answer = (await service.get('/v1/models')).json();
    expect(compileChecker(ModelsAnswer)(answer)).toEqual([]);
    expect(answer.models).toMatchObject([
      { version: 'v1', serving: false, aliases: [], members: [{ name: 'lightgbm', weight: null }, { name: 'random_forest' }] },
      {
        version: 'v2',
        serving: true,
        aliases: ['champion'],
        members: [
          { name: 'lightgbm', weight: 0.6 },
          { name: 'random_forest', weight: 0.4 },
        ],
      },
    ]);
  });
});

describe('health and figures', () => {
  it('is ready with a champion, and not without', async () => {
    expect((await service.get('/readyz')).json()).toMatchObject({
      status: 'ready',
      checks: [{ name: 'model', ok: true, detail: 'session v2' }, { ok: true }, { name: 'events', ok: true }],
    });
    const bare = await openToyService();
    const response = await bare.get('/readyz');
    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toBeDefined();
    expect((await bare.get('/livez')).json()).toEqual({ status: 'live' });
    service.drain();
    expect((await service.get('/readyz')).statusCode).toBe(503);
  });

  it('counts under the agreed names, without an id in any label', async () => {
    await service.post('/v1/predict', question());
    const { body } = await service.get('/metrics');
    for (const name of [
      'predictions_total',
      'prediction_latency_seconds_bucket',
      'model_accuracy{',
      'ab_test_predictions_total',
      'ab_test_predictions ',
      'tillcast_events_total{outcome="accepted"}',
    ]) {
      expect(body).toContain(name);
    }
    expect(body).toContain('model_accuracy{model="session",metric="log_loss",basis="test",window="test"} 0.1');
    expect(body).not.toMatch(/buyer|viewer|phone|"p1"|"sb"/);
  });
});
