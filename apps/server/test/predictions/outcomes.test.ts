import { OutcomeAnswer } from '@tillcast/api/outcomes';
import type { PredictAnswer } from '@tillcast/api/predict';
import { PredictionDetail, PredictionsAnswer } from '@tillcast/api/predictions';
import { Problem } from '@tillcast/api/problem';
import { beforeAll, describe, expect, it } from 'vitest';
import { readAll } from '../../../../packages/core/test/contract/event-log.ts';
import { compileChecker } from '../../src/http/validation.ts';
import { toyBundle } from '../toys/toy-bundle.ts';
import { toyRegistry } from '../toys/toy-registry.ts';
import { fridayEvening, openToyService, question, wireEvent } from '../toys/toy-service.ts';

const faultsOf = {
  detail: compileChecker(PredictionDetail),
  list: compileChecker(PredictionsAnswer),
  outcome: compileChecker(OutcomeAnswer),
  problem: compileChecker(Problem),
};
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let service: Awaited<ReturnType<typeof openToyService>>;
beforeAll(async () => {
  service = await openToyService({ models: toyRegistry([toyBundle('v1')]) });
});

const ask = async (over: Record<string, unknown> = {}): Promise<PredictAnswer> =>
  (await service.post('/v1/predict', question(over))).json<PredictAnswer>();
const lineOf = async (id: string): Promise<PredictionDetail> =>
  (await service.get(`/v1/predictions/${id}`)).json<PredictionDetail>();
const send = (body: Record<string, unknown>, key?: string) =>
  service.app.inject({
    method: 'POST',
    url: '/v1/outcomes',
    payload: body,
    headers: key === undefined ? {} : { 'idempotency-key': key },
  });
const bought = (predictionId: string, over: Record<string, unknown> = {}) => ({
  prediction_id: predictionId,
  outcome: 'purchase',
  outcome_time: new Date(service.clock.nowMs).toISOString(),
  transaction_id: 'o1',
  ...over,
});

describe('the predictions served last', () => {
  it('are found at once, one by one and newest first, as they were answered', async () => {
    const first = await ask({ user_id: 'lis', price: 300 });
    service.clock.nowMs += 1;
    const second = await ask({ user_id: 'lis', price: 700, explain: false });
    const line = await lineOf(first.prediction_id);
    expect(faultsOf.detail(line)).toEqual([]);
    expect(line).toMatchObject({
      ...{
        prediction_id: first.prediction_id,
        user_id: 'lis',
        anonymous_id: null,
        session_id: 's1',
        product_id: 'p1',
        label: null,
      },
      ...{ purchase_probability: first.purchase_probability, log_odds: first.log_odds, base_value: first.base_value },
      ...{ model: first.model, rung: first.rung, horizon: 'PT24H', asked_at: first.prediction_timestamp, degraded: [] },
    });
    expect(line.features.price).toBe(300);
    expect((await lineOf(second.prediction_id)).feature_contributions).toEqual({});
    const list = (await service.get('/v1/predictions?limit=2')).json<PredictionsAnswer>();
    expect(faultsOf.list(list)).toEqual([]);
    expect(list.predictions.map(({ prediction_id }) => prediction_id)).toEqual([second.prediction_id, first.prediction_id]);
  });

  it.each([0, 1_001, 'x'])('take no limit of %s', async (limit) => {
    const answer = await service.get(`/v1/predictions?limit=${limit}`);
    expect([answer.statusCode, faultsOf.problem(answer.json())]).toEqual([400, []]);
  });

  it('say of an id that leads nowhere that it does', async () => {
    const answer = await service.get('/v1/predictions/nobody');
    expect([answer.statusCode, answer.json<Problem>().code]).toEqual([404, 'PREDICTION_NOT_FOUND']);
  });

  it('show that their contributions came from the cache, and are logged all the same', async () => {
    const [first, again] = [await ask({ user_id: 'eve', price: 411 }), await ask({ user_id: 'eve', price: 411 })];
    expect(again.feature_contributions).toEqual(first.feature_contributions);
    expect((await lineOf(first.prediction_id)).explanation_cached).toBe(false);
    expect((await lineOf(again.prediction_id)).explanation_cached).toBe(true);
    const metrics = (await service.get('/metrics')).body;
    expect(metrics).toMatch(/tillcast_explanation_cache_total\{outcome="hit"\} [1-9]/);
    expect(metrics).not.toContain(first.prediction_id);
    service.champions.purgeExplanations();
    expect((await lineOf((await ask({ user_id: 'eve', price: 411 })).prediction_id)).explanation_cached).toBe(false);
  });
});

describe('POST /v1/outcomes', () => {
  it('makes the outcome an event of the shopper, once, whatever is sent again', async () => {
    const { prediction_id: id } = await ask({ user_id: 'max', session_id: 'm1' });
    const body = bought(id, { value: 120, currency: 'EUR', margin: 31.5, quantity: 2 });
    const answer = (await send(body)).json<OutcomeAnswer>();
    expect(faultsOf.outcome(answer)).toEqual([]);
    expect(answer).toMatchObject({ prediction_id: id, status: 'accepted', label: null });
    expect((await send(body)).json()).toMatchObject({ status: 'duplicate', event_id: answer.event_id });
    const stored = (await readAll(service.eventLog)).filter(({ eventId }) => eventId === answer.event_id);
    expect(stored).toHaveLength(1);
    expect(stored[0]).toMatchObject({
      ...{
        event: 'purchase',
        userId: 'max',
        sessionId: 'm1',
        transactionId: 'o1',
        value: 120,
        currency: 'EUR',
        predictionId: id,
      },
      items: [{ itemId: 'p1', category: 'electronics.smartphone', brand: 'acme', price: 120, quantity: 2 }],
      context: { source: 'outcome', margin: 31.5 },
    });
  });

  it('answers 409 to the same key with another body, and knows keys apart', async () => {
    const { prediction_id: id } = await ask({ user_id: 'kim' });
    expect((await send(bought(id), 'key-1')).statusCode).toBe(200);
    expect((await send(bought(id), 'key-1')).json()).toMatchObject({ status: 'duplicate' });
    const other = await send(bought(id, { transaction_id: 'o2' }), 'key-1');
    expect([other.statusCode, other.json<Problem>().code]).toEqual([409, 'EVENT_CONFLICT']);
    expect((await send(bought(id, { transaction_id: 'o2' }), 'key-2')).json()).toMatchObject({ status: 'accepted' });
    expect((await send(bought(id, { value: 5 }))).json()).toMatchObject({ status: 'accepted' });
    expect((await send(bought(id, { value: 6 }))).statusCode).toBe(409);
  });

  it('keeps nothing of an outcome of a prediction it does not know: 404', async () => {
    const before = await service.eventLog.count();
    const answer = await send(bought('00000000-0000-4000-8000-000000000000'));
    expect([answer.statusCode, answer.json<Problem>().code]).toEqual([404, 'PREDICTION_NOT_FOUND']);
    expect(await service.eventLog.count()).toBe(before);
  });

  it.each([
    ['before the moment the prediction is about', { outcome_time: new Date(fridayEvening - 1).toISOString() }, '/outcome_time'],
    ['of a day that does not exist', { outcome_time: '2026-11-31T18:30:00Z' }, '/outcome_time'],
    ['without a transaction', { transaction_id: undefined }, '/transaction_id'],
    ['of another kind', { outcome: 'gift' }, '/outcome'],
    ['of no units', { quantity: 0 }, '/quantity'],
    ['in another spelling of money', { currency: 'eur' }, '/currency'],
    ['with a field that is none', { price: 3 }, '/price'],
  ])('refuses one %s, pointing at it', async (_what, over, pointer) => {
    const { prediction_id: id } = await ask({ user_id: 'oda' });
    const answer = await send(bought(id, over));
    expect(answer.statusCode, answer.body).toBe(400);
    expect(answer.json<Problem>().errors?.map((one) => one.pointer)).toContain(pointer);
  });

  it.each(['', 'x'.repeat(257)])('refuses a key of a length it cannot keep (%#)', async (key) => {
    const { prediction_id: id } = await ask({ user_id: 'oda' });
    expect((await send(bought(id), key)).statusCode).toBe(400);
  });
});

describe('labels', () => {
  it('come when the window closes, are reopened by a refund, and stay one', async () => {
    const shop = await openToyService({ models: toyRegistry([toyBundle('v1')]), settings: { refundWindowMs: 2 * DAY_MS } });
    const startMs = shop.clock.nowMs;
    const predict = async (over: Record<string, unknown>) =>
      (await shop.post('/v1/predict', question(over))).json<PredictAnswer>().prediction_id;
    const label = async (id: string) => (await shop.get(`/v1/predictions/${id}`)).json<PredictionDetail>().label;
    const at = async (ms: number) => {
      shop.clock.nowMs = startMs + ms;
      // Lines are written behind the answers.
      for (let n = 0; n < 100 && (await shop.predictions.log.count()) < 3; n++) await new Promise((done) => setTimeout(done, 10));
      return shop.keeping.labels.run();
    };
    const buys = await predict({ user_id: 'tom' });
    const other = await predict({ user_id: 'tom', product_id: 'p2' });
    const leaves = await predict({ user_id: 'ugo' });
    shop.clock.nowMs += 60_000;
    const order = { transaction_id: 'o7', user_id: 'tom' };
    await shop.post('/v1/events', wireEvent('tom-buys', 'purchase', order, -30));
    expect(await at(DAY_MS - 1)).toMatchObject({ decided: 0 });
    expect(await label(buys)).toBeNull();
    expect(await at(DAY_MS)).toMatchObject({ decided: 3, more: false });
    expect(await at(DAY_MS)).toMatchObject({ looked: 0, decided: 0 });
    expect(await label(buys)).toMatchObject({ version: 1, bought: true, kept: true, final: false, because: 'closed' });
    expect([await label(other), await label(leaves)]).toMatchObject([{ bought: false }, { bought: false }]);
    await shop.post('/v1/events', wireEvent('tom-returns', 'refund', order, -DAY_MS / 1_000));
    expect(await at(DAY_MS + 1)).toMatchObject({ decided: 1 });
    expect(await label(buys)).toMatchObject({ version: 2, bought: true, kept: false, final: false, because: 'reopened' });
    expect(await at(3 * DAY_MS)).toMatchObject({ decided: 3 });
    expect(await label(buys)).toMatchObject({ version: 3, bought: true, kept: false, final: true, because: 'matured' });
    const late = wireEvent('ugo-buys', 'purchase', { transaction_id: 'o8', user_id: 'ugo' }, -60);
    await shop.post('/v1/events', late);
    expect(await at(3 * DAY_MS + 1)).toMatchObject({ decided: 1 });
    expect(await label(leaves)).toMatchObject({ version: 3, bought: true, kept: true, because: 'reopened' });
    expect((await shop.predictions.log.labels('default', buys)).map(({ version }) => version)).toEqual([1, 2, 3]);
    expect((await shop.get('/metrics')).body).toMatch(/tillcast_labels_total 8/);
  });
});

describe('erasing a shopper', () => {
  it('takes lines, labels, outcomes and explanations, the waiting lines too', async () => {
    const [gone, stays] = [await ask({ user_id: 'zoe', price: 222 }), await ask({ user_id: 'zac', price: 222 })];
    expect(await service.keeping.erase('default', 'u:zoe')).toMatchObject({ predictions: 1 });
    expect((await service.get(`/v1/predictions/${gone.prediction_id}`)).statusCode).toBe(404);
    expect((await service.get('/v1/predictions?limit=1000')).body).not.toContain('zoe');
    expect((await service.get(`/v1/predictions/${stays.prediction_id}`)).statusCode).toBe(200);
    expect(await service.keeping.erase('default', 'u:zoe')).toEqual({ predictions: 0, labels: 0, outcomes: 0 });
  });
});
