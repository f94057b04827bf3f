import {
  type PredictAnswer,
  PredictAnswer as PredictAnswerSchema,
  type PredictBatchAnswer,
  PredictBatchAnswer as PredictBatchAnswerSchema,
} from '@tillcast/api/predict';
import { Problem } from '@tillcast/api/problem';
import { scoreRow } from '@tillcast/core/scoring/score-row';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileChecker } from '../../src/http/validation.ts';
import { toyBundle } from '../toys/toy-bundle.ts';
import { toyRegistry } from '../toys/toy-registry.ts';
import { openToyService, question, wireEvent } from '../toys/toy-service.ts';

const faultsOfAnswer = compileChecker(PredictAnswerSchema);
const faultsOfBatch = compileChecker(PredictBatchAnswerSchema);
const faultsOfProblem = compileChecker(Problem);
const sumOf = (answer: PredictAnswer): number =>
  Object.values(answer.feature_contributions).reduce((sum, value) => sum + value, answer.base_value!);

let service: Awaited<ReturnType<typeof openToyService>>;
beforeAll(async () => {
  service = await openToyService({ models: toyRegistry([toyBundle('v1')]) });
});

const ask = async (over: Record<string, unknown> = {}): Promise<PredictAnswer> => {
  const response = await service.post('/v1/predict', question(over));
  expect(response.statusCode, response.body).toBe(200);
  return response.json<PredictAnswer>();
};

describe('POST /v1/predict', () => {
  it('answers with every field of the contract, and contributions that add up', async () => {
    const answer = await ask();
    expect(faultsOfAnswer(answer)).toEqual([]);
    expect(Math.abs(sumOf(answer) - answer.log_odds)).toBeLessThanOrEqual(1e-9);
    const served = scoreRow(toyBundle('v1').ensemble, [0, 120]);
    expect(answer).toMatchObject({
      purchase_probability: served.probability,
      log_odds: served.logOdds,
      confidence_score: served.agreement,
      model: { name: 'item', version: 'v1', alias: 'champion' },
      target: 'item',
      horizon: 'PT24H',
      rung: 'profile',
      as_of: '2026-11-20T18:30:00.000Z',
    });
    expect(answer.business_insights).toHaveLength(answer.insights.length);
  });

  it('a cart event raises the next answer of that shopper, and of nobody else', async () => {
    const before = await ask({ user_id: 'bea', session_id: 'b1' });
    const sent = await service.post('/v1/events', wireEvent('bea-cart', 'add_to_cart', { user_id: 'bea', session_id: 'b1' }));
    expect(sent.json()).toEqual({ accepted: 1, duplicate: 0, rejected: 0, errors: [] });
    const after = await ask({ user_id: 'bea', session_id: 'b1' });
    expect(after.purchase_probability).toBeGreaterThan(10 * before.purchase_probability);
    expect(after).toMatchObject({ rung: 'behavioural', band: 'top 5 %' });
    expect(after.insights.map(({ rule }) => rule)).toEqual(
      expect.arrayContaining(['premium-placement', 'follow-up-email', 'early-access', 'evening']),
    );
    expect(after.insights[0]).toMatchObject({
      text: 'top 5 %: 20 in 100 bought within 24 hours (95 %: 15 to 25; over all: 3 in 100).',
      evidence: [
        { feature: 'session_cart_adds', value: 1 },
        { feature: 'price', value: 120 },
      ],
    });
    expect(after.insights[0]!.evidence[0]!.contribution).toBeGreaterThan(1);
    expect((await ask({ user_id: 'cleo', session_id: 'c1' })).purchase_probability).toBe(before.purchase_probability);
  });

  it('finds the session under way where events carry no session id', async () => {
    await service.post('/v1/events', wireEvent('dan-cart', 'add_to_cart', { user_id: 'dan', session_id: undefined }));
    expect((await ask({ user_id: 'dan', session_id: 'given-by-the-asker' })).band).toBe('top 5 %');
  });

  it('without explanation it goes without contributions, and is not degraded', async () => {
    const answer = await ask({ explain: false });
    expect(answer).toMatchObject({ feature_contributions: {}, base_value: null });
    expect(answer.degraded).toBeUndefined();
  });

  it('says what it does not know instead of imputing silently', async () => {
    await service.post('/v1/events', wireEvent('eva-view', 'view_item', { user_id: 'eva', session_id: 'e1' }));
    expect((await ask({ user_id: 'eva', session_id: 'e1' })).input_issues).toEqual([]);
    const codes = (answer: PredictAnswer) => answer.input_issues.map(({ field, code }) => `${field} ${code}`);
    expect(
      codes(
        await ask({ user_id: 'eva', price: 1_200, brand: 'nobody', category_code: '', experiment_id: 'x', anonymous_id: 'd' }),
      ),
    ).toEqual([
      '/anonymous_id ignored',
      '/brand disagrees_with_known',
      '/price far_from_known',
      '/category_code unknown_value',
      '/brand never_seen',
      '/experiment_id never_seen',
    ]);
    expect(codes(await ask({ user_id: 'new', product_id: 'p-new' }))).toEqual(['/user_id never_seen', '/product_id never_seen']);
  });

  it.each([
    ['weekend flag against weekday', { is_weekend: 1 }, '/is_weekend'],
    ['hour against event_time', { event_time: '2026-11-20T17:30:00Z' }, '/hour'],
    ['weekday against event_time', { event_time: '2026-11-19T18:30:00Z' }, '/day_of_week'],
    ['a day that does not exist', { event_time: '2026-11-31T18:30:00Z' }, '/event_time'],
    ['a moment to come', { event_time: '2026-11-20T18:36:00Z' }, '/event_time'],
    ['a price of nothing', { price: 0 }, '/price'],
    ['a price as text', { price: '12' }, '/price'],
    ['an hour too many', { hour: 24 }, '/hour'],
    ['half an hour', { hour: 1.5 }, '/hour'],
    ['a weekday too many', { day_of_week: 7 }, '/day_of_week'],
    ['a flag that is none', { is_weekend: 2 }, '/is_weekend'],
    ['nobody', { user_id: undefined }, '/user_id'],
    ['an empty name', { user_id: '' }, '/user_id'],
    ['a name too long', { user_id: 'x'.repeat(257) }, '/user_id'],
    ['no session', { session_id: undefined }, '/session_id'],
    ['another target', { target: 'basket' }, '/target'],
    ['a field that is none', { 'prise/x': 1 }, '/prise~1x'],
  ])('refuses %s, pointing at it', async (_what, over, pointer) => {
    const response = await service.post('/v1/predict', question(over));
    expect(response.statusCode).toBe(400);
    expect(response.headers['content-type']).toContain('application/problem+json');
    const problem = response.json();
    expect(faultsOfProblem(problem)).toEqual([]);
    expect(problem).toMatchObject({ type: 'urn:tillcast:problem:input-invalid', code: 'INPUT_INVALID' });
    expect(problem.errors.map((one: { pointer: string }) => one.pointer)).toContain(pointer);
  });

  it('answers an anonymous shopper, and takes longest names', async () => {
    const answer = await ask({ user_id: undefined, anonymous_id: 'd'.repeat(256) });
    expect(answer).toMatchObject({ user_id: null, anonymous_id: 'd'.repeat(256) });
    expect(faultsOfAnswer(answer)).toEqual([]);
  });

  it('without a champion for the target the prior answers, and says so', async () => {
    const answer = await ask({ target: 'session' });
    expect(answer).toMatchObject({
      rung: 'prior',
      purchase_probability: 0.02,
      model: { name: 'prior', alias: null },
      degraded: ['model'],
      percentile: null,
    });
    expect(answer.base_value).toBe(answer.log_odds);
    expect(faultsOfAnswer(answer)).toEqual([]);
  });
});

describe('POST /v1/predict/batch', () => {
  it('answers each question as if it were asked alone; a bad one spoils only itself', async () => {
    const requests = [
      question(),
      { nonsense: true },
      question({ user_id: 'zoe', price: 900 }),
      7,
      question({ is_weekend: 1 }),
      question({ explain: false }),
    ];
    const response = await service.post('/v1/predict/batch', { requests });
    expect(response.statusCode).toBe(200);
    const batch = response.json<PredictBatchAnswer>();
    expect(faultsOfBatch(batch)).toEqual([]);
    expect(batch).toMatchObject({ answered: 3, failed: 3 });
    expect(batch.predictions.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(batch.predictions.map((one) => one.problem?.code ?? 'answered')).toEqual([
      'answered',
      'INPUT_INVALID',
      'answered',
      'INPUT_INVALID',
      'INPUT_INVALID',
      'answered',
    ]);
    for (const index of [0, 2, 5]) {
      const alone = await ask(requests[index] as Record<string, unknown>);
      expect({ ...batch.predictions[index]!.prediction, prediction_id: '' }).toEqual({ ...alone, prediction_id: '' });
    }
  });

  it('takes 1,000 and refuses 1,001', async () => {
    const many = (count: number) => ({
      requests: Array.from({ length: count }, (_, index) => question({ user_id: `u${index}`, price: 1 + index })),
    });
    const full = await service.post('/v1/predict/batch', many(1_000));
    expect(full.json()).toMatchObject({ answered: 1_000, failed: 0 });
    const answers = full.json<PredictBatchAnswer>().predictions.map(({ prediction }) => prediction!);
    expect(answers.every((answer) => Math.abs(sumOf(answer) - answer.log_odds) <= 1e-9)).toBe(true);
    expect(new Set(answers.map(({ prediction_id }) => prediction_id)).size).toBe(1_000);
    const over = await service.post('/v1/predict/batch', many(1_001));
    expect(over.statusCode).toBe(400);
    expect(over.json().errors).toEqual([{ pointer: '/requests', detail: 'holds 1001 requests; at most 1000 go into one batch' }]);
  });

  it.each([[[]], [{}], [{ requests: {} }], [{ requests: [] }], [{ requests: [1], more: 1 }]])(
    'refuses the body %j',
    async (body) => {
      expect((await service.post('/v1/predict/batch', body)).statusCode).toBe(400);
    },
  );
});
