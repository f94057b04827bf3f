import { type ExplainAnswer, ExplainAnswer as ExplainAnswerSchema } from '@tillcast/api/explain';
import type { PredictAnswer } from '@tillcast/api/predict';
import { Problem } from '@tillcast/api/problem';
import { type WhatIfAnswer, WhatIfAnswer as WhatIfAnswerSchema } from '@tillcast/api/what-if';
import type { OpenedBundle } from '@tillcast/core/ports/model-registry';
import { scoreRow } from '@tillcast/core/scoring/score-row';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileChecker } from '../../src/http/validation.ts';
import { openDeepPool } from '../../src/serving/explain-deep-pool.ts';
import { toyBundle } from '../toys/toy-bundle.ts';
import { toyRegistry } from '../toys/toy-registry.ts';
import { openToyService, question, wireEvent } from '../toys/toy-service.ts';

const faultsOfExplain = compileChecker(ExplainAnswerSchema);
const faultsOfWhatIf = compileChecker(WhatIfAnswerSchema);
const faultsOfProblem = compileChecker(Problem);

/** The toy bundle with what its reference would say of its two features. */
function explainable(version = 'v1'): OpenedBundle {
  const bundle = toyBundle(version);
  const features = {
    session_cart_adds: { quantiles: [0, 0, 0, 0, 0, 1, 2, 4, 6], missing: 0 },
    price: { quantiles: [5, 8, 20, 60, 120, 300, 700, 900, 1_200], missing: 0.02 },
  };
  return { ...bundle, reference: { ...bundle.reference, features } };
}

let service: Awaited<ReturnType<typeof openToyService>>;
beforeAll(async () => {
  service = await openToyService({ models: toyRegistry([explainable()]) });
  await service.post('/v1/events', wireEvent('cart', 'add_to_cart'));
});

const ask = async <T>(url: string, body: unknown): Promise<T> => {
  const response = await service.post(url, body);
  expect(response.statusCode, response.body).toBe(200);
  return response.json<T>();
};
const refused = async (url: string, body: unknown, status: number): Promise<Problem> => {
  const response = await service.post(url, body);
  expect(response.statusCode, response.body).toBe(status);
  expect(response.headers['content-type']).toContain('application/problem+json');
  expect(faultsOfProblem(response.json())).toEqual([]);
  return response.json<Problem>();
};
const pointers = ({ errors = [] }: Problem) => errors.map(({ pointer }) => pointer);

describe('POST /v1/explain', () => {
  it('takes apart the very answer that predict gives: parts and groups add up', async () => {
    const predicted = await ask<PredictAnswer>('/v1/predict', question());
    const answer = await ask<ExplainAnswer>('/v1/explain', { request: question() });
    expect(faultsOfExplain(answer)).toEqual([]);
    expect(answer.log_odds).toBe(predicted.log_odds);
    const sum = (parts: readonly { contribution: number }[]) =>
      parts.reduce((total, { contribution }) => total + contribution, answer.base_value);
    expect(Math.abs(sum(answer.contributions) - answer.log_odds)).toBeLessThanOrEqual(1e-9);
    expect(Math.abs(sum(answer.groups) - answer.log_odds)).toBeLessThanOrEqual(1e-9);
    expect(Object.fromEntries(answer.contributions.map(({ feature, contribution }) => [feature, contribution]))).toEqual(
      predicted.feature_contributions,
    );
    expect(answer.contributions[0]).toMatchObject({ feature: 'session_cart_adds', value: 1, unit: 'count' });
    expect(answer).toMatchObject({
      grouped_by: 'family',
      rung: 'behavioural',
      background: expect.stringContaining('1970-01-01'),
    });
    expect(answer.counterfactuals).toBeUndefined();
  });

  it('asks LIME, and says how far the two agree', async () => {
    const { lime, agreement } = await ask<ExplainAnswer>('/v1/explain', { request: question() });
    expect(lime).toMatchObject({ status: 'given', samples: 5_000, repeats: 5 });
    expect(lime!.terms[0]).toMatchObject({ feature: 'session_cart_adds', condition: 'session_cart_adds above 0 and up to 1' });
    expect(lime!.terms[0]!.weight).toBeGreaterThan(1);
    expect(agreement).toMatchObject({ sign: 1 });
    expect(await ask('/v1/explain', { request: question(), lime: false })).toMatchObject({ lime: null, agreement: null });
  });

  it('withholds LIME with a reason where it would not be reliable', async () => {
    const bundle = explainable();
    // A reference in which nothing varies leaves LIME nothing to fit.
    const flat = { quantiles: Array.from({ length: 9 }, () => 1), missing: 0 };
    const features = { session_cart_adds: flat, price: flat };
    const other = await openToyService({ models: toyRegistry([{ ...bundle, reference: { ...bundle.reference, features } }]) });
    const answer = (await other.post('/v1/explain', { request: question() })).json<ExplainAnswer>();
    expect(answer.lime).toMatchObject({ status: 'withheld', reason: expect.stringContaining('local R² is'), terms: [] });
    expect(answer.agreement).toBeNull();
  });

  it('speaks to its reader', async () => {
    const sentences = async (audience?: string) =>
      (
        await ask<ExplainAnswer>('/v1/explain', {
          request: question(),
          lime: false,
          ...(audience === undefined ? {} : { audience }),
        })
      ).sentences;
    expect((await sentences()).reasons[0]).toBe('Speaks for buying: times something was put into the cart in this session (1).');
    expect((await sentences('analyst')).reasons[0]).toMatch(
      /^session_cart_adds = 1: \+\d\.\d{3} log-odds \(\+\d+\.\d\d points at this score\)\.$/,
    );
    expect((await sentences('support')).headline).toMatch(
      /^We expect a purchase of this item within 24 hours in about \d+ of 100 cases/,
    );
  });

  it('finds what it would take, by the shop’s rules, and says whether that was seen', async () => {
    const asked = (rules: unknown, probability = 0.3) =>
      ask<ExplainAnswer>('/v1/explain', {
        request: question({ price: 600 }),
        lime: false,
        counterfactuals: { probability, ...(rules ? { rules } : {}) },
      });
    const before = await asked({});
    expect(before.counterfactuals).toEqual([]);
    const [best] = (await asked(undefined)).counterfactuals!;
    expect(best!.changes).toMatchObject([{ feature: 'price', from: 600, steps: -4 }]);
    expect(best).toMatchObject({ cost: 4, plausibility: { seen_in_data: true, pairs_checked: false } });
    expect(best!.purchase_probability).toBeCloseTo(scoreRow(explainable().ensemble, [1, best!.changes[0]!.to]).probability, 12);
    const [strange] = (await asked({ price: { move: 'only_up', step: 1_000 } }, 0.01)).counterfactuals ?? [];
    expect(strange).toBeUndefined();
  });

  it('refuses what it cannot read, by its place', async () => {
    expect(pointers(await refused('/v1/explain', { request: question({ is_weekend: 1 }) }, 400))).toEqual([
      '/request/is_weekend',
    ]);
    expect(pointers(await refused('/v1/explain', { request: question({ price: -1 }) }, 400))).toEqual(['/request/price']);
    expect(pointers(await refused('/v1/explain', question(), 400))).toContain('/request');
    expect(pointers(await refused('/v1/explain', { request: question(), audience: 'everyone' }, 400))).toEqual(['/audience']);
    const wish = (counterfactuals: object) => ({ request: question(), lime: false, counterfactuals });
    expect(pointers(await refused('/v1/explain', wish({ probability: 1 }), 400))).toEqual(['/counterfactuals/probability']);
    const { detail } = await refused(
      '/v1/explain',
      wish({ probability: 0.5, rules: { colour: { move: 'free', step: 1 } } }),
      400,
    );
    expect(detail).toContain('/rules/colour is not a feature of this model');
    const many = Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`f${at}`, { move: 'free', step: 1 }]));
    await refused('/v1/explain', wish({ probability: 0.5, rules: many }), 400);
  });

  it('without a champion there is nothing to explain', async () => {
    const { detail, code } = await refused('/v1/explain', { request: question({ target: 'session' }) }, 404);
    expect(code).toBe('MODEL_NOT_FOUND');
    expect(detail).toContain('there is no champion for the target "session"');
  });

  it('sheds what is too much with 503 and Retry-After', async () => {
    const flood = await Promise.all(Array.from({ length: 30 }, () => service.post('/v1/explain', { request: question() })));
    const shed = flood.filter(({ statusCode }) => statusCode !== 200);
    expect(shed).toHaveLength(14);
    for (const response of shed) {
      expect(response.statusCode).toBe(503);
      expect(response.json()).toMatchObject({ code: 'EXPLANATION_LATE' });
      expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
    }
  });

  it('leaves the event loop to others while it works', async () => {
    const slow = await openToyService({ models: toyRegistry([explainable('v2')]) });
    const pending = slow.post('/v1/explain', { request: question() });
    let turns = 0;
    const timer = setInterval(() => turns++, 2);
    const answered = await pending;
    clearInterval(timer);
    expect(answered.statusCode).toBe(200);
    expect(turns).toBeGreaterThan(5);
  });
});

describe('the thread behind it', () => {
  it('refuses what is too much, and everything after its end', async () => {
    const pool = openDeepPool(explainable());
    const task = { row: Float32Array.of(1, 120), sample: new Float32Array(0), lime: true };
    const flood = await Promise.allSettled(Array.from({ length: 40 }, () => pool.explain(task)));
    const late = flood.filter((one) => one.status === 'rejected').map(({ reason }) => reason as { code: string });
    expect(late).toHaveLength(24);
    for (const { code } of late) expect(code).toBe('EXPLANATION_LATE');
    await pool.close();
    await expect(pool.explain(task)).rejects.toMatchObject({ code: 'EXPLANATION_LATE' });
  });
});

describe('POST /v1/what-if', () => {
  it('tells before and after, each change alone, and whether it was seen', async () => {
    const changes = [
      { input: 'price', value: 700 },
      { input: 'session_cart_adds', value: 0 },
    ];
    const answer = await ask<WhatIfAnswer>('/v1/what-if', { request: question(), changes });
    expect(faultsOfWhatIf(answer)).toEqual([]);
    const { ensemble } = explainable();
    expect(answer.before.log_odds).toBe(scoreRow(ensemble, [1, 120]).logOdds);
    expect(answer.after.log_odds).toBe(scoreRow(ensemble, [0, 700]).logOdds);
    expect(answer.changes.map(({ log_odds }) => log_odds)).toEqual(
      [
        [1, 700],
        [0, 120],
      ].map((row) => scoreRow(ensemble, row).logOdds),
    );
    const sum = answer.changes.reduce((total, { difference }) => total + difference, 0);
    expect(answer.after.log_odds - answer.before.log_odds - sum).toBeCloseTo(answer.together, 9);
    expect(answer.together).not.toBe(0);
    expect(answer.plausibility).toMatchObject({
      seen_in_data: true,
      features: [{ feature: 'session_cart_adds' }, { feature: 'price' }],
    });
  });

  it('marks what was never seen', async () => {
    const changes = [{ input: 'price', value: 50_000 }];
    const { plausibility } = await ask<WhatIfAnswer>('/v1/what-if', { request: question(), changes });
    expect(plausibility).toMatchObject({ seen_in_data: false, features: [{ feature: 'price', seen: 'unseen' }] });
  });

  it('an input of the question moves every feature that depends on it; a wish is not remembered as a question', async () => {
    const before = await ask<PredictAnswer>('/v1/predict', question());
    const changes = [
      { input: 'hour', value: 3 },
      { input: 'day_of_week', value: 6 },
      { input: 'category_code', value: 'books' },
    ];
    const answer = await ask<WhatIfAnswer>('/v1/what-if', { request: question(), changes });
    expect(answer.after.log_odds).toBe(answer.before.log_odds);
    expect((await ask<PredictAnswer>('/v1/predict', question())).log_odds).toBe(before.log_odds);
  });

  it('refuses changes that mean nothing, by their place', async () => {
    const refuse = async (changes: unknown) => pointers(await refused('/v1/what-if', { request: question(), changes }, 400));
    expect(await refuse([{ input: 'colour', value: 1 }])).toEqual(['/changes/0/input']);
    expect(await refuse([{ input: 'price', value: null }])).toEqual(['/changes/0/value']);
    expect(await refuse([{ input: 'session_cart_adds', value: 'many' }])).toEqual(['/changes/0/value']);
    expect(await refuse([{ input: 'session_cart_adds', value: 1e39 }])).toEqual(['/changes/0/value']);
    expect(
      await refuse([
        { input: 'hour', value: 24 },
        { input: 'hour', value: 2 },
      ]),
    ).toEqual(['/changes/0/value', '/changes/1/input']);
    expect(await refuse([{ input: '__proto__', value: 1 }])).toEqual(['/changes/0/input']);
    expect(await refuse([])).toEqual(['/changes']);
    expect(await refuse(Array.from({ length: 17 }, () => ({ input: 'price', value: 1 })))).toEqual(['/changes']);
  });

  it('groups by correlation and checks pairs once enough questions were asked', async () => {
    const busy = await openToyService({ models: toyRegistry([explainable()]) });
    const requests = Array.from({ length: 300 }, (_, at) => question({ user_id: `u${at % 40}`, price: 10 + at, explain: false }));
    await busy.post('/v1/predict/batch', { requests });
    const answer = (await busy.post('/v1/explain', { request: question(), lime: false })).json<ExplainAnswer>();
    expect(answer.grouped_by).toBe('correlation');
    const wished = await busy.post('/v1/what-if', { request: question(), changes: [{ input: 'price', value: 200 }] });
    expect(wished.json<WhatIfAnswer>().plausibility.pairs_checked).toBe(true);
  });
});
