import { type ExplainAnswer, ExplainAnswer as ExplainAnswerSchema } from '@tillcast/api/explain';
import type { PredictAnswer } from '@tillcast/api/predict';
import type { Problem } from '@tillcast/api/problem';
import type { WhatIfAnswer } from '@tillcast/api/what-if';
import type { OpenedBundle } from '@tillcast/core/ports/model-registry';
import { scoreRow } from '@tillcast/core/scoring/score-row';
import { scoreExact } from '@tillcast/trees/score';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileChecker } from '../../src/http/validation.ts';
import { toyBundle } from '../toys/toy-bundle.ts';
import { toyRegistry } from '../toys/toy-registry.ts';
import { openToyService, question, wireEvent } from '../toys/toy-service.ts';

const faultsOf = compileChecker(ExplainAnswerSchema);

/** The toy bundle with 250 rows of browsers who sometimes fill a cart, and 40 of buyers, who always do. */
function withBackgrounds(): OpenedBundle {
  const bundle = toyBundle('v1');
  const training = Float32Array.from({ length: 500 }, (_, at) => (at % 2 === 0 ? Number(at % 20 === 0) : 10 + 3 * at));
  const buyers = Float32Array.from({ length: 80 }, (_, at) => (at % 2 === 0 ? 1 : 40 + at));
  const features = {
    session_cart_adds: { quantiles: [0, 0, 0, 0, 0, 1, 2, 4, 6], missing: 0 },
    price: { quantiles: [5, 8, 20, 60, 120, 300, 700, 900, 1_200], missing: 0.02 },
  };
  return {
    ...bundle,
    reference: { ...bundle.reference, features },
    backgrounds: { training: { rowCount: 250, rows: training }, buyers: { rowCount: 40, rows: buyers } },
  };
}

let service: Awaited<ReturnType<typeof openToyService>>;
let old: Awaited<ReturnType<typeof openToyService>>;
beforeAll(async () => {
  service = await openToyService({ models: toyRegistry([withBackgrounds()]) });
  await service.post('/v1/events', wireEvent('cart', 'add_to_cart'));
  old = await openToyService({ models: toyRegistry([toyBundle('v1')]) });
});

const explain = async (wish: object): Promise<ExplainAnswer> => {
  const response = await service.post('/v1/explain', { request: question(), lime: false, ...wish });
  expect(response.statusCode, response.body).toBe(200);
  expect(faultsOf(response.json())).toEqual([]);
  return response.json<ExplainAnswer>();
};
const refusal = async (of: typeof service, wish: object) => {
  const response = await of.post('/v1/explain', { request: question(), lime: false, ...wish });
  expect(response.statusCode, response.body).toBe(400);
  return response.json<Problem>().errors?.map(({ pointer, detail }) => `${pointer} ${detail}`);
};
const contributionOf = (answer: ExplainAnswer, feature: string): number =>
  answer.contributions.find((one) => one.feature === feature)!.contribution;
const total = (answer: ExplainAnswer): number =>
  answer.contributions.reduce((sum, { contribution }) => sum + contribution, answer.base_value);

describe('POST /v1/explain against a background', () => {
  it('adds up to the very score that predict gives, from the mean of the rows it names', async () => {
    const predicted = (await service.post('/v1/predict', question())).json<PredictAnswer>();
    const [plain, training, buyers] = [
      await explain({}),
      await explain({ method: 'interventional' }),
      await explain({ method: 'interventional', background: 'buyers' }),
    ];
    expect(plain).toMatchObject({ method: 'path_dependent', background: expect.stringMatching(/^the model’s training rows/) });
    expect(training).toMatchObject({
      method: 'interventional',
      background: '250 of the model’s training rows drawn at random, 1970-01-01 to 1970-01-02',
    });
    expect(buyers.background).toBe('40 of the model’s training rows after which the shopper bought, 1970-01-01 to 1970-01-02');
    for (const answer of [plain, training, buyers]) {
      expect(answer.log_odds).toBe(predicted.log_odds);
      expect(Math.abs(total(answer) - answer.log_odds)).toBeLessThanOrEqual(1e-9);
    }
    expect(new Set([plain, training, buyers].map(({ base_value: base }) => base)).size).toBe(3);
  });

  it('a cart says much against all, and nothing against buyers, who all have one', async () => {
    expect(contributionOf(await explain({ method: 'interventional' }), 'session_cart_adds')).toBeGreaterThan(2);
    expect(contributionOf(await explain({ method: 'interventional', background: 'buyers' }), 'session_cart_adds')).toBe(0);
  });

  it('boosted alone: the base value is the mean served log-odds of the background', async () => {
    const bundle = withBackgrounds();
    const blend = { ...bundle.blend, weights: { lightgbm: 1 } };
    const alone = await openToyService({
      models: toyRegistry([{ ...bundle, blend, ensemble: { ...bundle.ensemble, blend } }]),
    });
    const { rows, rowCount } = bundle.backgrounds!.training!;
    const scores = Array.from({ length: rowCount }, (_, row) => scoreExact(bundle.ensemble.members[0]!.forest, rows, row * 2));
    const mean = scores.reduce((sum, score) => sum + score, 0) / rowCount;
    const answer = (
      await alone.post('/v1/explain', { request: question(), lime: false, method: 'interventional' })
    ).json<ExplainAnswer>();
    expect(answer.base_value).toBeCloseTo(blend.platt.intercept + blend.platt.slope * mean, 9);
    expect(answer.log_odds).toBe(scoreRow({ ...bundle.ensemble, blend }, [0, 120]).logOdds);
  });

  it('tells the strongest pairs where asked', async () => {
    const { interactions, contributions } = await explain({ interactions: true });
    expect(interactions).toHaveLength(1);
    expect(interactions![0]!.features).toEqual(['session_cart_adds', 'price']);
    expect(interactions![0]!.interaction).not.toBe(0);
    expect(contributions).toEqual((await explain({})).contributions);
    expect((await explain({})).interactions).toBeUndefined();
  });

  it('groups by correlation and judges pairs from the first question', async () => {
    expect((await explain({})).grouped_by).toBe('correlation');
    const asked = await service.post('/v1/what-if', { request: question(), changes: [{ input: 'price', value: 200 }] });
    expect(asked.json<WhatIfAnswer>().plausibility.pairs_checked).toBe(true);
  });

  it('refuses what cannot be asked together, or not of this model, by its place', async () => {
    expect(await refusal(service, { background: 'buyers' })).toEqual([
      expect.stringMatching(/^\/background goes with the method/),
    ]);
    expect(await refusal(service, { method: 'path_dependent', background: 'training' })).toEqual([
      expect.stringMatching(/^\/background goes with/),
    ]);
    expect(await refusal(service, { method: 'interventional', interactions: true })).toEqual([
      expect.stringMatching(/^\/interactions are told by the method "path_dependent" only/),
    ]);
    expect(await refusal(service, { method: 'by magic' })).toEqual([expect.stringMatching(/^\/method /)]);
    expect(await refusal(service, { method: 'interventional', background: 'everyone' })).toEqual([
      expect.stringMatching(/^\/background /),
    ]);
    expect(await refusal(old, { method: 'interventional' })).toEqual([
      '/method needs rows of "training" to compare with, and this model keeps none: it was made by an earlier version, train it again',
    ]);
  });

  it('an old bundle goes on explaining as it did', async () => {
    const answer = (await old.post('/v1/explain', { request: question(), lime: false })).json<ExplainAnswer>();
    expect(answer).toMatchObject({ method: 'path_dependent', grouped_by: 'family' });
  });
});
