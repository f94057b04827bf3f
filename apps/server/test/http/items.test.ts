import { gzipSync } from 'node:zlib';
import { type ItemsAnswer, ItemsAnswer as ItemsAnswerSchema } from '@tillcast/api/items';
import type { PredictAnswer } from '@tillcast/api/predict';
import { parseShopSettings } from '@tillcast/core/shop/parse-settings';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import { memoryItemCatalogue } from '@tillcast/stores/memory/item-catalogue';
import { describe, expect, it } from 'vitest';
import { compileChecker } from '../../src/http/validation.ts';
import { toyBundle } from '../toys/toy-bundle.ts';
import { toyRegistry } from '../toys/toy-registry.ts';
import { fridayEvening, openToyService, question, wireEvent } from '../toys/toy-service.ts';

const faults = compileChecker(ItemsAnswerSchema);
const phone = { item_id: 'p1', price: 120, cost: 70, category: 'electronics.smartphone', brand: 'acme', stock: 4 };
const before = new Date(fridayEvening - 3_600_000).toISOString();
const tomorrow = new Date(fridayEvening + 86_400_000).toISOString();

describe('POST /v1/items', () => {
  it.each([
    ['one item', phone, 1],
    ['an array', [phone, { ...phone, item_id: 'p2' }], 2],
    ['a wrapped array', { items: [phone] }, 1],
  ])('takes %s', async (_what, body, accepted) => {
    const { post, catalogue } = await openToyService();
    expect((await post('/v1/items', body)).json()).toEqual({ accepted, duplicate: 0, rejected: 0, errors: [] });
    expect(await catalogue.at('default', 'p1', { asOfMs: fridayEvening, knownByMs: fridayEvening })).toMatchObject({
      price: 120,
      stock: 4,
    });
  });

  it('takes lines, also packed, and tells the bad ones by line', async () => {
    const { app, catalogue } = await openToyService();
    const lines = [
      JSON.stringify(phone),
      '{',
      JSON.stringify({ ...phone, price: -1 }),
      '',
      JSON.stringify({ ...phone, item_id: 'p2' }),
    ];
    const response = await app.inject({
      method: 'POST',
      url: '/v1/items',
      headers: { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' },
      payload: gzipSync(lines.join('\n')),
    });
    const answer = response.json<ItemsAnswer>();
    expect(faults(answer)).toEqual([]);
    expect(answer).toMatchObject({ accepted: 2, duplicate: 0, rejected: 2 });
    expect(answer.errors.map(({ line, problem }) => [line, problem.code])).toEqual([
      [2, 'BODY_MALFORMED'],
      [3, 'INPUT_INVALID'],
    ]);
    expect(await catalogue.count()).toBe(2);
  });

  it('counts what was said before in the same words once, and refuses one by itself with its problem', async () => {
    const { post, get } = await openToyService();
    const fact = { ...phone, valid_from: before };
    await post('/v1/items', fact);
    expect((await post('/v1/items', [fact, fact])).json()).toMatchObject({ accepted: 0, duplicate: 2 });
    expect((await post('/v1/items', { item_id: 'p1', stock: -1 })).json()).toMatchObject({
      status: 400,
      errors: [{ pointer: '/stock' }],
    });
    expect((await get('/metrics')).body).toContain('tillcast_items_total{outcome="duplicate"} 2');
  });

  it.each([
    ['nothing', []],
    ['1,001 items', Array.from({ length: 1_001 }, (_, n) => ({ ...phone, item_id: `p${n}` }))],
    ['something beside the list', { items: [phone], more: 1 }],
  ])('refuses %s whole', async (_what, body) => {
    const { post, catalogue } = await openToyService();
    expect((await post('/v1/items', body)).statusCode).toBe(400);
    expect(await catalogue.count()).toBe(0);
  });

  it('takes as many items as there may be', async () => {
    const { post } = await openToyService();
    const items = Array.from({ length: 1_000 }, (_, n) => ({ item_id: `p${n}`, price: 1 }));
    expect((await post('/v1/items', items)).json()).toMatchObject({ accepted: 1_000 });
  });
});

describe('what the catalogue knows, a question may leave out', () => {
  const { category_code: _c, brand: _b, price: _p, ...bare } = question();
  const ask = async (service: Awaited<ReturnType<typeof openToyService>>, over: Record<string, unknown> = {}) =>
    service.post('/v1/predict', { ...bare, ...over });
  const filled = (answer: PredictAnswer) =>
    answer.input_issues.filter(({ code }) => code === 'filled_from_catalogue').map(({ field }) => field);

  it('it is filled as of the moment, and said so; the answer is that to the whole question', async () => {
    const service = await openToyService({ models: toyRegistry([toyBundle('v1')]) });
    expect((await ask(service)).json().errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(
      expect.arrayContaining(['/category_code', '/brand', '/price']),
    );
    await service.post('/v1/items', [phone, { item_id: 'p1', price: 60, valid_from: tomorrow }]);
    const answer = (await ask(service)).json<PredictAnswer>();
    expect(filled(answer)).toEqual(['/category_code', '/brand', '/price']);
    expect(answer.input_issues.find(({ field }) => field === '/price')!.detail).toContain('120');
    const whole = (await service.post('/v1/predict', question())).json<PredictAnswer>();
    expect(answer.log_odds).toBe(whole.log_odds);
    expect(filled(whole)).toEqual([]);
    expect(filled((await ask(service, { price: 99, category_code: '' })).json())).toEqual(['/category_code', '/brand']);
    const batch = (await service.post('/v1/predict/batch', { requests: [bare, { ...bare, product_id: 'unknown' }] })).json();
    expect(batch).toMatchObject({ answered: 1, failed: 1 });
    service.clock.nowMs = fridayEvening + 86_400_000;
    const dearer = (await ask(service, { day_of_week: 5, is_weekend: 1 })).json<PredictAnswer>();
    expect(dearer.input_issues.find(({ field }) => field === '/price')!.detail).toContain('60');
  });

  it('what is said is not known before it was said', async () => {
    const service = await openToyService({ models: toyRegistry([toyBundle('v1')]) });
    await service.post('/v1/items', { ...phone, valid_from: before });
    const anHourAgo = new Date(fridayEvening - 1_800_000).toISOString();
    expect((await ask(service, { event_time: anHourAgo })).statusCode).toBe(400);
    expect((await ask(service)).statusCode).toBe(200);
  });

  it('events that leave it out are filled too, the same after a restart', async () => {
    const [eventLog, catalogue] = [memoryEventLog(), memoryItemCatalogue()];
    const models = toyRegistry([toyBundle('v1')]);
    const first = await openToyService({
      models,
      eventLog,
      catalogue,
      settings: { shop: parseShopSettings({ currency: 'EUR', rates: { USD: 0.5 } }) },
    });
    const bareEvent = (id: string, over: Record<string, unknown> = {}) =>
      wireEvent(id, 'view_item', { items: [{ item_id: 'p1' }], ...over }, 0);
    await first.post('/v1/events', bareEvent('a'));
    await first.post('/v1/items', { ...phone, valid_from: before });
    first.clock.nowMs += 1_000;
    await first.post('/v1/events', bareEvent('b'));
    first.clock.nowMs += 1_000;
    await first.post('/v1/items', { ...phone, price: 200, valid_from: before });
    const row = async (service: typeof first) => (await service.get('/v1/shoppers?sort=recent')).json().shoppers[0];
    const live = await row(first);
    expect(live.last_item).toBe('p1');
    const again = await openToyService({
      models,
      eventLog,
      catalogue,
      settings: { shop: parseShopSettings({ currency: 'EUR', rates: { USD: 0.5 } }) },
    });
    expect(await row(again)).toEqual(live);
  });
});
