import type { PredictAnswer } from '@tillcast/api/predict';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { PredictionLog } from '@tillcast/core/ports/prediction-log';
import { memoryPredictionLog } from '@tillcast/stores/memory/prediction-log';
import { memoryRecentPredictions } from '@tillcast/stores/memory/recent-predictions';
import { describe, expect, it } from 'vitest';
import { toyBundle } from '../toys/toy-bundle.ts';
import { toyRegistry } from '../toys/toy-registry.ts';
import { openToyService, question } from '../toys/toy-service.ts';

const diskFull = async (): Promise<never> => {
  throw new TillcastError('STORE_UNAVAILABLE', 'the disk is full');
};

async function openWith(over: Partial<PredictionLog>) {
  const lines: string[] = [];
  const service = await openToyService({
    models: toyRegistry([toyBundle('v1')]),
    predictions: { log: { ...memoryPredictionLog(), ...over }, recent: memoryRecentPredictions() },
    settings: { lastLinesMs: 50 },
    logTo: { write: (line) => void lines.push(line) },
  });
  return { service, lines };
}

describe('a prediction log that fails', () => {
  it('leaves answers as they are, and is told of once a burst', async () => {
    const { service, lines } = await openWith({ append: diskFull });
    const answers = await Promise.all(Array.from({ length: 50 }, () => service.post('/v1/predict', question())));
    expect(answers.every(({ statusCode }) => statusCode === 200)).toBe(true);
    expect(answers[0]!.json<PredictAnswer>().degraded).toBeUndefined();
    await new Promise((done) => setTimeout(done, 100));
    expect(lines.filter((line) => line.includes('prediction log does not take lines'))).toHaveLength(1);
    expect((await service.get('/metrics')).body).toMatch(/tillcast_prediction_log_lines_waiting 50/);
    const { prediction_id: id } = answers[0]!.json<PredictAnswer>();
    expect((await service.get(`/v1/predictions/${id}`)).statusCode).toBe(200);
  });

  it('is not missed while the last predictions are at hand', async () => {
    const { service } = await openWith({ find: diskFull, latest: diskFull, append: async (records) => records.length });
    expect((await service.get('/v1/predictions')).statusCode).toBe(503);
    const { prediction_id: id } = (await service.post('/v1/predict', question())).json<PredictAnswer>();
    await new Promise((done) => setTimeout(done, 100));
    expect((await service.get(`/v1/predictions/${id}`)).json()).toMatchObject({ prediction_id: id, label: null });
    expect((await service.get('/v1/predictions')).json()).toMatchObject({ predictions: [{ prediction_id: id }] });
    expect((await service.get('/v1/predictions/nobody')).statusCode).toBe(503);
  });

  it('that hangs holds nobody up', async () => {
    const { service } = await openWith({ append: () => new Promise(() => {}) });
    for (let n = 0; n < 20; n++) expect((await service.post('/v1/predict', question())).statusCode).toBe(200);
  });

  it('leaves labels for later, and says so once', async () => {
    const { service, lines } = await openWith({ due: diskFull });
    expect(await service.keeping.labels.run()).toBeUndefined();
    expect(await service.keeping.labels.run()).toBeUndefined();
    expect(lines.filter((line) => line.includes('labels cannot be decided now'))).toHaveLength(1);
    expect((await service.post('/v1/predict', question())).statusCode).toBe(200);
  });
});
