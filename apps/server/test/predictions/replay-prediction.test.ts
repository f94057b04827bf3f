import type { PredictAnswer } from '@tillcast/api/predict';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { LoggedPrediction, PredictionRecord } from '@tillcast/core/ports/prediction-log';
import { percentileOf } from '@tillcast/core/scoring/reference';
import { scoreRow } from '@tillcast/core/scoring/score-row';
import { openRandom } from '@tillcast/core/simulation/random';
import { describe, expect, it } from 'vitest';
import { readPredictions } from '../../../../packages/core/test/contract/prediction-log.ts';
import { replayPrediction } from '../../src/jobs/replay-prediction.ts';
import { onlyWith } from '../../src/serving/ladder.ts';
import { toyBundle, toyFeatures } from '../toys/toy-bundle.ts';
import { toyRegistry } from '../toys/toy-registry.ts';
import { openToyService, question, wireEvent } from '../toys/toy-service.ts';

const rounds = process.env.TILLCAST_LONG ? 20_000 : 2_000;

/** A shop in use: events, single questions and batches, a promotion half way; answers every line of the log. */
async function served() {
  const models = toyRegistry([toyBundle('v1')]);
  const service = await openToyService({ models });
  const random = openRandom(11);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random.uniform() * list.length)]!;
  const asked = (n: number) => {
    const user = `u${Math.floor(random.uniform() * 40)}`;
    const over = { user_id: user, session_id: `s-${user}`, price: 1 + 25 * Math.floor(random.uniform() * 40) };
    return question({ ...over, product_id: `p${n % 30}`, explain: n % 7 !== 0, target: n % 5 === 0 ? 'session' : 'item' });
  };
  const answers: PredictAnswer[] = [];
  for (let n = 0; n < rounds; n += 10) {
    if (n === rounds / 2) {
      models.promote(toyBundle('v2', { lift: 0.3 }));
      await service.champions.refresh();
    }
    const user = `u${n % 40}`;
    const name = pick(['view_item', 'add_to_cart', 'purchase'] as const);
    await service.post(
      '/v1/events',
      wireEvent(`e${n}`, name, { user_id: user, session_id: `s-${user}` }, random.uniform() * 600),
    );
    const singles = await Promise.all([0, 1, 2, 3].map((k) => service.post('/v1/predict', asked(n + k))));
    answers.push(...singles.map((one) => one.json<PredictAnswer>()));
    const batch = await service.post('/v1/predict/batch', { requests: [4, 5, 6, 7, 8, 9].map((k) => asked(n + k)) });
    answers.push(
      ...batch.json<{ predictions: { prediction: PredictAnswer }[] }>().predictions.map(({ prediction }) => prediction),
    );
    service.clock.nowMs += 1_000;
  }
  for (let n = 0; n < 200 && (await service.predictions.log.count()) < rounds; n++) await new Promise((r) => setTimeout(r, 20));
  return { service, models, answers, lines: await readPredictions(service.predictions.log) };
}

const shop = await served();

describe(`replaying ${rounds} served predictions`, () => {
  it('each has its line, with the numbers of its answer', () => {
    expect(shop.lines).toHaveLength(rounds);
    const byId = new Map(shop.lines.map(({ record }) => [record.predictionId, record]));
    for (const answer of shop.answers) {
      const line = byId.get(answer.prediction_id)!;
      expect([
        line.probability,
        line.logOdds,
        line.baseValue ?? null,
        line.rung,
        line.model.version,
        line.percentile ?? null,
      ]).toEqual([
        ...[
          answer.purchase_probability,
          answer.log_odds,
          answer.base_value,
          answer.rung,
          answer.model.version,
          answer.percentile,
        ],
      ]);
      const told = Object.entries(answer.feature_contributions);
      const logged = line.columns.names.flatMap((name, at) => (line.contributions?.[at] ? [[name, line.contributions[at]]] : []));
      expect(Object.fromEntries(logged)).toEqual(Object.fromEntries(told.filter(([, value]) => value !== 0)));
    }
    const kinds = new Set(
      shop.lines.map(({ record }) => `${record.rung} ${record.model.version} ${record.contributions !== undefined}`),
    );
    expect(kinds.size).toBeGreaterThanOrEqual(8);
    expect(shop.lines.some(({ record }) => record.cacheHit)).toBe(true);
  });

  it('every one comes out to the last bit, by the version it was served by', async () => {
    for (const line of shop.lines) {
      const replay = await replayPrediction(line, shop.models.registry);
      expect(replay).toMatchObject({ agrees: true, differences: [] });
      expect(replay.contributions).toBe(line.record.contributions === undefined ? 'none' : 'bits');
    }
  });

  const ofModel = (): LoggedPrediction =>
    shop.lines.find(({ record }) => record.rung !== 'prior' && record.contributions !== undefined)!;
  const nextUp = (value: number): number => {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value);
    view.setBigInt64(0, view.getBigInt64(0) + 1n);
    return view.getFloat64(0);
  };

  it.each<[string, (record: PredictionRecord) => Partial<PredictionRecord>]>([
    ['log-odds by one bit', ({ logOdds }) => ({ logOdds: nextUp(logOdds) })],
    ['probability by one bit', ({ probability }) => ({ probability: nextUp(probability) })],
    ['agreement by one bit', ({ agreement }) => ({ agreement: nextUp(agreement) })],
    ['percentile', ({ percentile }) => ({ percentile: percentile! + 1 })],
    ['base value', ({ baseValue }) => ({ baseValue: baseValue! + 1e-5 })],
    [
      'a contribution',
      ({ contributions }) => ({ contributions: contributions!.map((value, at) => (at === 3 ? value + 1e-5 : value)) }),
    ],
    ['the price in the row', ({ row, columns }) => ({ row: row.map((v, at) => (columns.names[at] === 'price' ? 700 - v : v)) })],
    ['the model’s content', ({ model }) => ({ model: { ...model, contentHash: 'another' } })],
    ['the version', ({ model }) => ({ model: { ...model, version: model.version === 'v1' ? 'v2' : 'v1' } })],
  ])('a line changed in %s is caught', async (_what, change) => {
    const lines = shop.lines.filter(({ record }) => record.rung !== 'prior' && record.contributions !== undefined).slice(0, 50);
    const verdicts = await Promise.all(
      lines.map(({ record }) => replayPrediction({ record: { ...record, ...change(record) } }, shop.models.registry)),
    );
    expect(verdicts.some(({ agrees }) => !agrees)).toBe(true);
  });

  it('an answer of one member alone is scored by that member again', async () => {
    const { record } = ofModel();
    const { contributions: _, baseValue: __, ...line } = record;
    const row = toyFeatures.map((name) => record.row[record.columns.names.indexOf(name)]!);
    const bundle = await shop.models.registry.open('item', record.model.version);
    const { logOdds, probability } = scoreRow(onlyWith(bundle.ensemble, 'random_forest'), row);
    const percentile = percentileOf(bundle.reference, record.rung, logOdds);
    const alone = {
      ...line,
      logOdds,
      probability,
      percentile,
      agreement: 0,
      model: { ...record.model, alone: 'random_forest' as const },
    };
    expect(await replayPrediction({ record: alone }, shop.models.registry)).toMatchObject({
      agrees: true,
      contributions: 'none',
    });
    const whole = { ...alone, model: record.model };
    expect(await replayPrediction({ record: whole }, shop.models.registry)).toMatchObject({ agrees: false });
  });

  it('a model that is not what it was is caught, one that is gone is said to be', async () => {
    const line = ofModel();
    const changed = toyRegistry([toyBundle(line.record.model.version, { lift: 0.01 })]).registry;
    expect(await replayPrediction(line, changed)).toMatchObject({ agrees: false });
    const strange = toyRegistry([toyBundle(line.record.model.version, { featureNames: ['price', 'unheard_of'] })]).registry;
    await expect(replayPrediction(line, strange)).rejects.toMatchObject({ code: 'REPLAY_DIFFERS' });
    await expect(replayPrediction(line, toyRegistry().registry)).rejects.toBeInstanceOf(TillcastError);
  });
});
