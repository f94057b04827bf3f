import type { PredictAnswer } from '@tillcast/api/predict';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { scoreRow } from '@tillcast/core/scoring/score-row';
import { describe, expect, it } from 'vitest';
import { toyBundle } from '../toys/toy-bundle.ts';
import { toyRegistry } from '../toys/toy-registry.ts';
import { openToyService, question } from '../toys/toy-service.ts';

describe('a champion that moves', () => {
  it('under load: no request fails, and each probability is that of the version it names', async () => {
    const bundles = Array.from({ length: 6 }, (_, index) => toyBundle(`v${index}`, { lift: index / 4 }));
    const models = toyRegistry([bundles[0]!]);
    const service = await openToyService({ models });
    let swapping = true;
    const answers: PredictAnswer[] = [];
    const ask = async (): Promise<void> => {
      while (swapping) {
        const response = await service.post('/v1/predict', question());
        expect(response.statusCode).toBe(200);
        answers.push(response.json());
      }
    };
    const swap = async (): Promise<void> => {
      for (const bundle of bundles.slice(1)) {
        models.promote(bundle);
        await service.champions.refresh();
        await service.post('/v1/predict', question());
      }
      swapping = false;
    };
    await Promise.all([ask(), ask(), ask(), swap()]);
    const expected = new Map(bundles.map(({ manifest, ensemble }) => [manifest.version, scoreRow(ensemble, [0, 120]).logOdds]));
    expect(new Set(expected.values()).size).toBe(6);
    expect(new Set(answers.map(({ model }) => model.version)).size).toBeGreaterThan(2);
    for (const { model, log_odds } of answers) expect(log_odds).toBe(expected.get(model.version));
    expect(answers.filter(({ degraded }) => degraded !== undefined)).toEqual([]);
  });

  it('to a version that is refused: the one before goes on, and it is told once', async () => {
    const models = toyRegistry([toyBundle('good')]);
    const lines: string[] = [];
    const service = await openToyService({ models, logTo: { write: (line: string) => void lines.push(line) } });
    for (const bad of [
      toyBundle('other-zone', { timeZone: 'Asia/Tokyo' }),
      toyBundle('other-features', { featureNames: ['session_cart_adds', 'astrology'] }),
    ]) {
      models.promote(bad);
      await service.champions.refresh();
      await service.champions.refresh();
      expect((await service.post('/v1/predict', question())).json().model.version).toBe('good');
    }
    const refused = lines.filter((line) => line.includes('cannot be served'));
    expect(refused).toHaveLength(2);
    expect(refused[0]).toContain('--time-zone Asia/Tokyo');
    expect(refused[1]).toContain('astrology');
  });

  it('away: the prior answers, and /readyz says so', async () => {
    const models = toyRegistry([toyBundle('v1')]);
    const service = await openToyService({ models });
    expect((await service.get('/readyz')).statusCode).toBe(200);
    models.demote('item');
    await service.champions.refresh();
    expect((await service.post('/v1/predict', question())).json()).toMatchObject({ rung: 'prior', degraded: ['model'] });
    expect((await service.get('/readyz')).statusCode).toBe(503);
  });

  it('a registry that cannot be read does not stop what serves', async () => {
    const models = toyRegistry([toyBundle('v1')]);
    const service = await openToyService({ models });
    models.registry.resolve = async () => {
      throw new TillcastError('STORE_UNAVAILABLE', 'gone');
    };
    await service.champions.refresh();
    expect((await service.post('/v1/predict', question())).json().model.version).toBe('v1');
  });
});
