import type { Experiment, ExperimentDetail } from '@tillcast/api/experiments';
import type { PredictAnswer } from '@tillcast/api/predict';
import { PredictAnswer as PredictAnswerSchema } from '@tillcast/api/predict';
import { assign } from '@tillcast/core/experiments/assign';
import { scoreRow } from '@tillcast/core/scoring/score-row';
import { memoryExperimentStore } from '@tillcast/stores/memory/experiment-store';
import { memoryExposureLog } from '@tillcast/stores/memory/exposure-log';
import { beforeAll, describe, expect, it } from 'vitest';
import { mustReadExperiment } from '../../src/experiments/read-experiment.ts';
import { compileChecker } from '../../src/http/validation.ts';
import { onlyWith } from '../../src/serving/ladder.ts';
import { toyRegistry } from '../toys/toy-registry.ts';
import { fridayEvening, openToyService, question, wireEvent } from '../toys/toy-service.ts';
import { bundleOf, reference } from './toy-members.ts';

const faultsOfAnswer = compileChecker(PredictAnswerSchema);
const bundle = bundleOf('v1', ['catboost', 'xgboost']);
type Service = Awaited<ReturnType<typeof openToyService>>;

const asker =
  (service: Service) =>
  async (over: Record<string, unknown>): Promise<PredictAnswer> => {
    const response = await service.post('/v1/predict', question({ user_id: undefined, anonymous_id: 'd1', ...over }));
    expect(response.statusCode, response.body).toBe(200);
    return response.json();
  };
async function run(service: Service, config: object): Promise<Experiment> {
  const created = await service.post('/v1/experiments', config);
  expect(created.statusCode, created.body).toBe(201);
  const started = await service.post(`/v1/experiments/${created.json<Experiment>().experiment_id}/start`, { why: 'to know' });
  expect(started.statusCode, started.body).toBe(200);
  return started.json();
}
const countedExposures = async (service: Service, id: string): Promise<Record<string, number>> =>
  (await service.get(`/v1/experiments/${id}`)).json<ExperimentDetail>().units;
const metric = async (service: Service, name: string): Promise<Record<string, number>> => {
  const lines = (await service.get('/metrics')).body.split('\n').filter((line) => line.startsWith(`${name}{`));
  return Object.fromEntries(lines.map((line) => [/variant="([^"]*)"/.exec(line)![1]!, Number(line.split(' ').at(-1))]));
};

describe('the reference configuration, unchanged', () => {
  let service: Service;
  let ask: ReturnType<typeof asker>;
  beforeAll(async () => {
    service = await openToyService({ models: toyRegistry([bundle]) });
    ask = asker(service);
    const started = await run(service, reference);
    expect(started.models).toEqual({
      catboost: { version: 'v1', member: 'catboost' },
      xgboost: { version: 'v1', member: 'xgboost' },
      ensemble: { version: 'v1', member: null },
    });
    expect(started.notes.join(' ')).toMatch(/never decides.*calibration.*A\/A/s);
  });

  it('serves each variant by its own model, says which, and explains it', async () => {
    const experiment = mustReadExperiment(reference);
    const scores = new Map<string, number>();
    for (let n = 0; n < 40; n++) {
      const answer = await ask({ anonymous_id: `unit-${n}`, price: 120 });
      expect(answer.degraded).toBeUndefined();
      expect(faultsOfAnswer(answer)).toEqual([]);
      const { variant } = assign(experiment, `a:unit-${n}`);
      expect(answer.ab_test_variant).toBe(variant);
      const ensemble = variant === 'ensemble' ? bundle.ensemble : onlyWith(bundle.ensemble, variant as 'catboost');
      expect(answer.log_odds).toBe(scoreRow(ensemble, [0, 120]).logOdds);
      expect(answer.model_used).toContain(variant === 'ensemble' ? 'catboost 0.6, xgboost 0.4' : `${variant} alone`);
      const sum = Object.values(answer.feature_contributions).reduce((total, value) => total + value, answer.base_value!);
      expect(Math.abs(sum - answer.log_odds)).toBeLessThanOrEqual(1e-9);
      scores.set(variant!, answer.log_odds);
    }
    expect(new Set(scores.values()).size).toBe(3);
    const units = await countedExposures(service, reference.experiment_id);
    expect(Object.values(units).reduce((sum, count) => sum + count, 0)).toBe(40);
    const logged = (await service.get('/v1/predictions?limit=1')).json().predictions[0];
    expect(logged.ab_test_variant).toBe(assign(experiment, 'a:unit-39').variant);
  });

  it('counts every answer by variant, and every unit once, cache hits too', async () => {
    const [before, exposed] = [
      await metric(service, 'ab_test_predictions_total'),
      await countedExposures(service, reference.experiment_id),
    ];
    const { ab_test_variant: variant = '' } = await ask({ anonymous_id: 'again' });
    for (let n = 0; n < 3; n++) expect((await ask({ anonymous_id: 'again' })).ab_test_variant).toBe(variant);
    const after = await metric(service, 'ab_test_predictions_total');
    expect(after[variant]! - (before[variant] ?? 0)).toBe(4);
    expect(await metric(service, 'ab_test_predictions')).toEqual(after);
    const now = await countedExposures(service, reference.experiment_id);
    expect(now[variant]! - (exposed[variant] ?? 0)).toBe(1);
    expect((await metric(service, 'tillcast_experiment_exposures_total'))[variant]).toBe(now[variant]);
  });

  it('says its variant without exposing where that is asked for', async () => {
    const before = await countedExposures(service, reference.experiment_id);
    expect((await ask({ anonymous_id: 'prefetched', expose: false })).ab_test_variant).toBeDefined();
    expect(await countedExposures(service, reference.experiment_id)).toEqual(before);
  });

  it('concerns a batch as well, and a question of another target not', async () => {
    const batch = await service.post('/v1/predict/batch', {
      requests: [question({ user_id: undefined, anonymous_id: 'in-batch' }), question({ target: 'session' }), { nonsense: 1 }],
    });
    const [item, session, broken] = batch.json().predictions;
    expect(item.prediction.ab_test_variant).toBe(assign(mustReadExperiment(reference), 'a:in-batch').variant);
    expect(session.prediction.ab_test_variant).toBeUndefined();
    expect(broken.problem.status).toBe(400);
  });

  it('is asked for by name, and an unknown name assigns nobody', async () => {
    expect((await ask({ experiment_id: reference.experiment_id })).ab_test_variant).toBeDefined();
    const stranger = await ask({ experiment_id: 'another' });
    expect(stranger.ab_test_variant).toBeUndefined();
    expect(stranger.input_issues).toContainEqual(expect.objectContaining({ field: '/experiment_id', code: 'never_seen' }));
  });

  it('cannot be edited into another, but its weights may change: whoever was exposed stays', async () => {
    const ids = Array.from({ length: 30 }, (_, n) => `sticky-${n}`);
    const before = [];
    for (const anonymous_id of ids) before.push((await ask({ anonymous_id })).ab_test_variant);
    const edit = (config: object, more = {}) =>
      service.app.inject({ method: 'PUT', url: `/v1/experiments/${reference.experiment_id}`, payload: { config, ...more } });
    const refused = await edit({ ...reference, unit: 'shopper' });
    expect([refused.statusCode, refused.json().detail]).toEqual([409, expect.stringContaining('/unit: cannot change')]);
    const stale = await edit(reference, { version: 1 });
    expect([stale.statusCode, stale.json().code]).toEqual([409, 'VERSION_CONFLICT']);
    const weighed = await edit({ ...reference, traffic_split: { catboost: 0, xgboost: 0, ensemble: 1 } }, { version: 2 });
    expect(weighed.statusCode, weighed.body).toBe(200);
    const after = [];
    for (const anonymous_id of ids) after.push((await ask({ anonymous_id })).ab_test_variant);
    expect(after).toEqual(before);
    expect(new Set(before).size).toBe(3);
    const fresh = [];
    for (let n = 0; n < 30; n++) fresh.push((await ask({ anonymous_id: `fresh-${n}` })).ab_test_variant);
    expect(new Set(fresh)).toEqual(new Set(['ensemble']));
  });
});

describe('a device that logs in', () => {
  const config = { experiment_id: 'login', variants: ['a', 'b', 'c'] };

  it('stays in its variant: with both names, by name alone, and after a restart', async () => {
    const service = await openToyService();
    const ask = asker(service);
    await run(service, config);
    for (let n = 0; n < 12; n++) {
      const device = (await ask({ anonymous_id: `dev-${n}` })).ab_test_variant;
      await service.post('/v1/events', wireEvent(`login-${n}`, 'view_item', { user_id: `user-${n}`, anonymous_id: `dev-${n}` }));
      expect((await ask({ anonymous_id: undefined, user_id: `user-${n}` })).ab_test_variant).toBe(device);
      expect((await ask({ anonymous_id: `dev-${n}`, user_id: `user-${n}` })).ab_test_variant).toBe(device);
      expect((await ask({ anonymous_id: `other-${n}`, user_id: `user-${n}` })).ab_test_variant).toBe(device);
    }
    const units = await countedExposures(service, 'login');
    expect(Object.values(units).reduce((sum, count) => sum + count, 0)).toBe(12);
    const { stores, eventLog, models } = service;
    const kept = { store: stores.store, exposures: stores.exposures };
    const again = await openToyService({ models, eventLog, experiments: kept });
    for (let n = 0; n < 12; n++) {
      const found = (await asker(again)({ anonymous_id: undefined, user_id: `user-${n}` })).ab_test_variant;
      expect(found).toBe((await ask({ anonymous_id: `dev-${n}` })).ab_test_variant);
    }
  });
});

describe('what is no exposure', () => {
  it('is an answer of another model than the variant’s', async () => {
    const models = toyRegistry([bundle]);
    const registry = { ...models.registry, open: models.registry.open };
    const service = await openToyService({ models: { ...models, registry } });
    registry.open = async () => Promise.reject(new Error('gone'));
    await run(service, { ...reference, experiment_id: 'broken' });
    const answer = await asker(service)({});
    expect(answer.ab_test_variant).toBeUndefined();
    expect(answer.model.alias).toBe('champion');
    expect(await countedExposures(service, 'broken')).toEqual({});
  });

  it('is a question of somebody who is not meant, held out, or outside the share; held out is counted apart', async () => {
    const service = await openToyService();
    const ask = asker(service);
    const treatments = { variants: ['control', { name: 'free', treatment: { kind: 'offer', id: 'free-shipping' } }] };
    await run(service, {
      ...{ experiment_id: 'vip', ...treatments, targeting: 'user_segment == "vip" && price > 100.0' },
      ...{ exposure_share: 0.5, holdout: { share: 0.3 } },
    });
    expect((await ask({ user_segment: 'new' })).ab_test_variant).toBeUndefined();
    expect((await ask({ user_segment: 'vip', price: 90 })).ab_test_variant).toBeUndefined();
    let exposed = 0;
    for (let n = 0; n < 60; n++) {
      const answer = await ask({ anonymous_id: `vip-${n}`, user_segment: 'vip' });
      if (answer.ab_test_variant === undefined) continue;
      exposed++;
      const treatment = answer.ab_test_variant === 'free' ? { treatment: { kind: 'offer', id: 'free-shipping' } } : {};
      expect(answer.experiments).toEqual([{ experiment_id: 'vip', variant: answer.ab_test_variant, ...treatment }]);
    }
    const { held_out: held = 0, ...units } = await countedExposures(service, 'vip');
    expect(Object.values(units).reduce((sum, count) => sum + count, 0)).toBe(exposed);
    expect([exposed > 8 && exposed < 36, held > 6 && held < 32]).toEqual([true, true]);
  });

  it('is anything after the end, or before the start', async () => {
    const service = await openToyService();
    const stop_at = new Date(fridayEvening + 60_000).toISOString();
    const start_at = new Date(fridayEvening + 1_000).toISOString();
    await run(service, { experiment_id: 'timed', variants: ['a', 'b'], start_at, stop_at });
    const ask = asker(service);
    expect((await ask({})).ab_test_variant).toBeUndefined();
    service.clock.nowMs += 1_000;
    expect((await ask({})).ab_test_variant).toBeDefined();
    service.clock.nowMs += 59_000;
    expect((await ask({})).ab_test_variant).toBeUndefined();
  });
});

describe('a log of exposures that fails', () => {
  it('holds no answer up: units go by their hash, and exposures wait until it is back', async () => {
    const log = memoryExposureLog();
    const gone = () => Promise.reject(new Error('gone'));
    let isUp = true;
    const exposures = {
      ...log,
      record: (list: Parameters<typeof log.record>[0]) => (isUp ? log.record(list) : gone()),
      find: (...given: Parameters<typeof log.find>) => (isUp ? log.find(...given) : gone()),
    };
    const service = await openToyService({ experiments: { store: memoryExperimentStore(), exposures } });
    const ask = asker(service);
    await run(service, { experiment_id: 'ab', variants: ['a', 'b'] });
    isUp = false;
    const { ab_test_variant: variant } = await ask({});
    expect(variant).toBe(assign(mustReadExperiment({ experiment_id: 'ab', variants: ['a', 'b'] }), 'a:d1').variant);
    expect(await log.count('default', 'ab')).toEqual({});
    isUp = true;
    await service.experiments.settle();
    expect(await log.count('default', 'ab')).toEqual({ [variant!]: 1 });
  });
});

describe('a person who is erased', () => {
  it('is in no exposure any more', async () => {
    const service = await openToyService();
    await run(service, { experiment_id: 'ab', variants: ['a', 'b'] });
    await asker(service)({ anonymous_id: 'd9', user_id: 'ana' });
    await service.experiments.settle();
    expect(await service.stores.exposures.find('default', 'ab', ['a:d9', 'u:ana'])).toHaveLength(2);
    const shown = (await service.app.inject('/v1/subjects/u:ana')).json<{ exposures: unknown[] }>();
    expect(shown.exposures).toMatchObject([{ experiment_id: 'ab', variant: expect.stringMatching(/^[ab]$/) }]);
    await service.experiments.erase('a:d9');
    expect(await service.stores.exposures.find('default', 'ab', ['a:d9', 'u:ana'])).toEqual([]);
  });
});
