import type { PredictAnswer, PredictBatchAnswer } from '@tillcast/api/predict';
import { scoreRow } from '@tillcast/core/scoring/score-row';
import { describe, expect, it } from 'vitest';
import { openExplainPool } from '../../src/serving/explain-pool.ts';
import { reasonsOf } from '../../src/serving/reasons.ts';
import { toyBundle, toyEnsemble } from '../toys/toy-bundle.ts';
import { toyRegistry } from '../toys/toy-registry.ts';
import { openToyService, question } from '../toys/toy-service.ts';

/** Reaches a leaf so large that float64 cannot add its contributions up; no training row did, so that other rows know nothing of it. */
const brokenRow = Float32Array.of(1, 600);
function ensembleWithBrokenRow() {
  const ensemble = toyEnsemble();
  const { forest } = ensemble.members[0]!;
  forest.value[4] = 1e17 / 7;
  forest.cover[4] = 0;
  return ensemble;
}

describe('the explain pool', () => {
  it('explains many rows as each alone, in order', async () => {
    const ensemble = toyEnsemble();
    const pool = openExplainPool(ensemble);
    const rows = Float32Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? index % 6 : index * 10));
    const explained = (await pool.explain(rows, 100, 10_000))!;
    expect(explained).toHaveLength(100);
    for (const [index, one] of explained.entries()) {
      const served = scoreRow(ensemble, rows, index * 2).logOdds;
      expect(() => reasonsOf(one!, ensemble.featureNames, served)).not.toThrow();
    }
    await pool.close();
  });

  it('explains rows asked one by one as each alone, whoever they were gathered with, and asked again', async () => {
    const ensemble = toyEnsemble();
    const pool = openExplainPool(ensemble);
    const rows = Array.from({ length: 30 }, (_, n) => Float32Array.of(n % 7, n * 9));
    for (let again = 0; again < 2; again++) {
      const explained = await Promise.all(rows.map((row) => pool.explain(row, 1, 10_000)));
      for (const [index, answer] of explained.entries()) {
        const served = scoreRow(ensemble, rows[index]!).logOdds;
        expect(() => reasonsOf(answer![0]!, ensemble.featureNames, served)).not.toThrow();
      }
    }
    await pool.close();
  });

  it('a row that cannot be explained spoils its own answer only, gathered or in one batch', async () => {
    const failures: unknown[] = [];
    const pool = openExplainPool(ensembleWithBrokenRow(), { onFailure: (error) => failures.push(error) });
    const rows = Array.from({ length: 20 }, (_, n) => (n === 7 ? brokenRow : Float32Array.of(n % 7, n * 9)));
    const isBroken = (one: unknown, n: number) => expect(one === undefined, `row ${n}`).toBe(n === 7);
    const single = await Promise.all(rows.map((row) => pool.explain(row, 1, 10_000)));
    single.map((answer) => answer![0]).forEach(isBroken);
    const together = await pool.explain(Float32Array.from(rows.flatMap((row) => [...row])), 20, 10_000);
    together!.forEach(isBroken);
    expect(failures.map(String)).toEqual([expect.stringMatching(/does not add up/), expect.stringMatching(/does not add up/)]);
    await pool.close();
  });

  it('does not wait past the deadline, nor queue without end; what broke inside is told', async () => {
    const failures: unknown[] = [];
    const pool = openExplainPool(toyEnsemble(), { queue: 1, onFailure: (error) => failures.push(error) });
    const start = performance.now();
    expect(await pool.explain(new Float32Array(2), 1, 0)).toBeUndefined();
    expect(performance.now() - start).toBeLessThan(200);
    const flood = await Promise.all(Array.from({ length: 50 }, (_, n) => pool.explain(Float32Array.of(n, 1), 1, 10_000)));
    expect(flood.some((one) => one === undefined)).toBe(true);
    expect(failures).toEqual([]);
    await pool.close();
    expect(await pool.explain(new Float32Array(2), 1, 1_000)).toBeUndefined();
  });
});

describe('contributions that do not add up', () => {
  it('are refused beyond 1e-9, and only beyond', () => {
    const explanation = { baseValue: -3, logOdds: -2, contributions: Float64Array.of(0.4, 0.6) };
    expect([...reasonsOf(explanation, ['a', 'b'], -2 + 5e-10).contributions]).toEqual([
      ['a', 0.4],
      ['b', 0.6],
    ]);
    for (const served of [-2 + 2e-9, -2 - 2e-9, Number.NaN])
      expect(() => reasonsOf(explanation, ['a', 'b'], served)).toThrow('does not add up');
  });
});

describe('an answer whose contributions are late', () => {
  it('goes out without them, marked, with the same probability', async () => {
    const service = await openToyService({ models: toyRegistry([toyBundle('v1')]) });
    const whole = (await service.post('/v1/predict', question())).json<PredictAnswer>();
    await service.champions.of('item')!.explainer.close();
    const bare = (await service.post('/v1/predict', question())).json<PredictAnswer>();
    expect(bare).toMatchObject({
      degraded: ['explanation'],
      feature_contributions: {},
      base_value: null,
      purchase_probability: whole.purchase_probability,
    });
    const batch = (
      await service.post('/v1/predict/batch', { requests: [question(), question({ explain: false })] })
    ).json<PredictBatchAnswer>();
    expect(batch.predictions.map(({ prediction }) => prediction!.degraded)).toEqual([['explanation'], undefined]);
  });
});
