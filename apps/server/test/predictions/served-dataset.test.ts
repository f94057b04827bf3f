import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PredictAnswer } from '@tillcast/api/predict';
import { featureCatalog } from '@tillcast/core/features/catalog';
import { openServedRows } from '@tillcast/core/outcomes/served-rows';
import { scoreRow } from '@tillcast/core/scoring/score-row';
import { openRandom } from '@tillcast/core/simulation/random';
import { afterAll, describe, expect, it } from 'vitest';
import { aPrediction, askedMs } from '../../../../packages/core/test/arbitraries/prediction.ts';
import { readPredictions } from '../../../../packages/core/test/contract/prediction-log.ts';
import { buildServedDataset } from '../../src/jobs/build-served-dataset.ts';
import { describeTable, readTable } from '../../src/jobs/read-table.ts';
import { toyBundle } from '../toys/toy-bundle.ts';
import { toyRegistry } from '../toys/toy-registry.ts';
import { openToyService, question, wireEvent } from '../toys/toy-service.ts';

const folder = mkdtempSync(join(tmpdir(), 'tillcast-served-'));
afterAll(() => rmSync(folder, { recursive: true }));

const DAY_MS = 86_400_000;
const features = featureCatalog.map(({ name }) => name);
const all = ['train', 'stop', 'blend', 'validate', 'test', 'embargo'] as const;

/** A shop that serves for a while, then lets every window close; the answers, as the caller got them, by the moment they are about. */
async function servedShop() {
  const service = await openToyService({ models: toyRegistry([toyBundle('v1')]), settings: { refundWindowMs: DAY_MS } });
  const random = openRandom(5);
  const answers: PredictAnswer[] = [];
  for (let n = 0; n < 400; n++) {
    const user = `u${Math.floor(random.uniform() * 25)}`;
    const about = {
      user_id: user,
      session_id: `s-${user}`,
      items: [{ item_id: `p${n % 6}`, category: 'garden.tools', price: 9, quantity: 1 }],
    };
    const name = n % 9 === 0 ? 'purchase' : n % 3 === 0 ? 'add_to_cart' : 'view_item';
    const event = { ...wireEvent(`e${n}`, name, about), event_time: new Date(service.clock.nowMs).toISOString() };
    expect((await service.post('/v1/events', { ...event, transaction_id: `o${n}` })).statusCode).toBe(200);
    service.clock.nowMs += 1_000;
    const price = 5 + Math.floor(random.uniform() * 900);
    const asked = question({
      user_id: user,
      session_id: `s-${user}`,
      product_id: `p${n % 6}`,
      price,
      category_code: 'garden.tools',
      explain: false,
    });
    answers.push((await service.post('/v1/predict', asked)).json<PredictAnswer>());
    service.clock.nowMs += 1_000;
  }
  for (let n = 0; n < 200 && (await service.predictions.log.count()) < answers.length; n++)
    await new Promise((r) => setTimeout(r, 10));
  service.clock.nowMs += 3 * DAY_MS;
  await service.keeping.labels.run();
  return { log: service.predictions.log, answers };
}

const shop = await servedShop();
const options = { target: 'item' as const, horizonMs: DAY_MS, refundWindowMs: DAY_MS };

describe('a dataset of served predictions', () => {
  it('holds the rows that were served, to the bit, and scores to the very answers that went out', async () => {
    const out = join(folder, 'rows.parquet');
    const summary = await buildServedDataset(shop.log, { ...options, out });
    const table = await readTable(out, all, { features, label: 'label' });
    expect(table.rowCount).toBe(shop.answers.length);
    const { ensemble } = toyBundle('v1');
    const columns = ensemble.featureNames.map((name) => features.indexOf(name));
    const lines = await readPredictions(shop.log);
    const bits = (row: Float32Array) => Buffer.from(row.buffer, row.byteOffset, row.byteLength).toString('hex');
    for (const [row, answer] of shop.answers.entries()) {
      const served = table.matrix.slice(row * features.length, (row + 1) * features.length);
      expect(
        scoreRow(
          ensemble,
          Float32Array.from(columns, (at) => served[at]!),
        ).logOdds,
      ).toBe(answer.log_odds);
      expect(bits(served)).toBe(bits(lines[row]!.record.row));
      expect(table.t[row]).toBe(Date.parse(answer.as_of));
      expect([table.group[row], table.rung[row], table.category[row]]).toEqual([`u:${answer.user_id}`, answer.rung, 'garden']);
      expect(table.label[row]).toBe(lines[row]!.label!.label);
    }
    const positives = table.label.reduce((sum, one) => sum + one, 0);
    expect(positives).toBeGreaterThan(30);
    expect(summary).toMatchObject({ rows: 400, positives, censored: 0, left_out: { backdated: 0, other_catalogue: 0 } });
    expect((await describeTable(out)).counts).toEqual({ events: 400, rows: 400, censored: 0, positives });
    expect((await readTable(out, all, { features, label: 'label_net' })).rowCount).toBe(400);
  });

  it('leaves out what the data’s end censors, and other horizons', async () => {
    const untilMs = Date.parse(shop.answers[199]!.as_of) + DAY_MS;
    const half = await buildServedDataset(shop.log, { ...options, untilMs, out: join(folder, 'half.parquet') });
    expect(half).toMatchObject({ rows: 200, censored: 200 });
    const other = await buildServedDataset(shop.log, { ...options, horizonMs: 2 * DAY_MS, out: join(folder, 'other.parquet') });
    expect(other).toMatchObject({ rows: 0, left_out: { other_horizon: 400 } });
  });

  it('orders rows by t where they were asked out of order, each with its own features', () => {
    const columns = aPrediction().columns;
    const handed: number[] = [];
    const served = openServedRows({ target: 'item', horizonMs: DAY_MS, columns }, ({ features: [first] }) => handed.push(first!));
    const label = {
      version: 1,
      label: 1,
      labelNet: 0,
      netFinal: false,
      decidedAtMs: askedMs + DAY_MS,
      because: 'closed',
    } as const;
    const line = (n: number, over = {}) => ({
      record: aPrediction({ predictionId: `p${n}`, row: Float32Array.of(n, 0, 0), ...over }),
      label,
    });
    served.push(line(0, { asOfMs: askedMs - 5 }));
    served.push(line(1, { asOfMs: askedMs - 9 }));
    served.push(line(2, { asOfMs: askedMs - 7, rung: 'prior' }));
    served.push(line(3, { asOfMs: askedMs - 2 * 3_600_000 }));
    served.push(line(4, { columns: { ...columns, hash: 'older' } }));
    served.push({ record: line(5).record });
    const { rows, order, rungs, leftOut } = served.finish();
    expect(Array.from(order, (place) => handed[place])).toEqual([1, 2, 0]);
    expect([...rows.t]).toEqual([askedMs - 9, askedMs - 7, askedMs - 5]);
    expect(rungs).toEqual(['behavioural', 'prior', 'behavioural']);
    expect([...rows.labelNet]).toEqual([-1, -1, -1]);
    expect(leftOut).toMatchObject({ backdated: 1, other_catalogue: 1 });
    expect(rows.counts).toMatchObject({ rows: 3, censored: 1 });
  });
});
