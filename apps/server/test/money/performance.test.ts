import type { PerformanceAnswer, PerformanceSlice } from '@tillcast/api/reports';
import { logLoss, rocAuc } from '@tillcast/core/learning/metrics';
import type { PredictionRecord } from '@tillcast/core/ports/prediction-log';
import { logOddsOf, probabilityOf } from '@tillcast/core/scoring/log-odds';
import { noSettings } from '@tillcast/core/shop/settings';
import { normal } from '@tillcast/core/simulation/distributions';
import { openRandom } from '@tillcast/core/simulation/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { fridayEvening, openToyService } from '../toys/toy-service.ts';

const hourMs = 3_600_000;
const rows = 1_200;
const settings = { ...noSettings, margin: 0.25, treatmentCosts: new Map([['coupon', { fixed: 0.02, shareOfValue: 0.05 }]]) };

const recordOf = (n: number, logOdds: number): PredictionRecord => ({
  ...{ tenant: 'default', predictionId: `p${n}`, shopper: `u:${n % 500}`, userId: `${n % 500}`, sessionId: `s${n}` },
  ...{ itemId: 'shoe', category: n % 2 === 0 ? 'shoes.boots' : 'books', price: 40, target: 'item', horizonMs: 24 * hourMs },
  ...{ askedAtMs: fridayEvening + n, asOfMs: fridayEvening + n, rung: 'behavioural', degraded: [] },
  model: { name: 'item', version: n % 2 === 0 ? 'v1' : 'v2', alias: 'champion', contentHash: 'abc' },
  columns: { hash: 'c1', names: ['price', 'shopper_visits'] },
  ...{ row: Float32Array.of(40, n < 500 ? 1 : 2), probability: probabilityOf(logOdds), logOdds, agreement: 0.9 },
  ...{ latencyUs: 100, cacheHit: false },
});

describe('the performance report', () => {
  let service: Awaited<ReturnType<typeof openToyService>>;
  const scores = new Float64Array(rows);
  const labels = new Uint8Array(rows);
  const report = async (query = ''): Promise<PerformanceAnswer> => {
    const response = await service.get(`/v1/reports/performance${query}`);
    expect(response.statusCode, response.body).toBe(200);
    return response.json();
  };

  beforeAll(async () => {
    service = await openToyService({ settings: { shop: settings } });
    const random = openRandom('served');
    for (let n = 0; n < rows; n++) {
      scores[n] = logOddsOf(0.2) + 1.3 * normal(random);
      // What the even rows say is noise.
      const truth = n % 2 === 0 ? logOddsOf(0.25) : scores[n]!;
      labels[n] = Number(random.uniform() < probabilityOf(truth));
    }
    const { log } = service.predictions;
    await log.append([...scores].map((z, n) => recordOf(n, z)));
    await log.append([{ ...recordOf(rows, 0), predictionId: 'open' }]);
    const decidedAtMs = fridayEvening + 25 * hourMs;
    await log.decide(
      [...labels].map((label, n) => ({
        ...{ tenant: 'default', predictionId: `p${n}`, revision: 0, upon: 0 },
        label: {
          version: 1,
          label: label as 0 | 1,
          labelNet: label as 0 | 1,
          netFinal: false,
          decidedAtMs,
          because: 'closed' as const,
        },
      })),
    );
    const contexts = ['mobile', 'desktop'].map((device) => ({ device, referrer: `https://${device}.example/path?email=x` }));
    const events = Array.from({ length: 100 }, (_, n) => ({
      ...{ event_id: `e${n}`, event: 'view_item', user_id: `${n % 500}`, session_id: `s${n}`, context: contexts[n % 2] },
      ...{ event_time: new Date(fridayEvening - 1_000).toISOString(), items: [{ item_id: 'shoe', quantity: 1 }] },
    }));
    expect((await service.post('/v1/events', events)).json()).toMatchObject({ accepted: 100 });
    service.clock.nowMs = fridayEvening + 26 * hourMs;
  });

  const find = ({ slices }: PerformanceAnswer, by: string, name: string): PerformanceSlice =>
    slices.find((one) => one.by === by && one.name === name)!;

  it('measures exactly the predictions whose outcome is known, and slices them', async () => {
    const answer = await report();
    expect([answer.waiting, answer.left_out]).toEqual([1, 0]);
    if (answer.overall === 'too few') throw new Error('there are enough');
    expect([answer.overall.rows, answer.overall.shoppers]).toEqual([rows, 500]);
    expect(answer.overall.log_loss[0]).toBeCloseTo(logLoss(scores, labels), 10);
    expect(answer.overall.roc_auc[0]).toBeCloseTo(rocAuc(scores, labels), 10);
    expect(find(answer, 'shopper', 'new').rows).toBe(500);
    expect(find(answer, 'shopper', 'returning').rows).toBe(rows - 500);
    expect([find(answer, 'device', 'mobile'), find(answer, 'source', 'desktop.example')]).toMatchObject([
      { rows: 50, quality: 'too few', worse_than_rest: [] },
      { rows: 50, quality: 'too few' },
    ]);
    expect(find(answer, 'device', 'unknown').rows).toBe(rows - 100);
  });

  it('flags the slice that is worse than the rest, and not the other', async () => {
    const answer = await report();
    const flags = (by: string, name: string) =>
      find(answer, by, name)
        .worse_than_rest.filter(({ flagged }) => flagged)
        .map(({ metric }) => metric);
    expect(flags('category', 'shoes')).toEqual(['roc_auc', 'skill']);
    expect(flags('category', 'books')).toEqual([]);
    expect(flags('model', 'v1')).toEqual(['roc_auc', 'skill']);
  });

  it('draws gain from (0, 0) to (1, 1), and profit by the shop’s own prices', async () => {
    const answer = await report('?treatment=coupon&assumed_effect=0.5');
    expect([answer.gain[0]!.gain, answer.gain.at(-1)!.gain, answer.gain.at(-1)!.gain_over_random]).toEqual([0, 1, 1]);
    // A price of 40 at a margin of one quarter; a twentieth of the order; two cents.
    expect(answer.profit).toMatchObject({ basis: 'assumed_effect', margin_cents: 1_000, discount_cents: 200, contact_cents: 2 });
    const { points, best } = answer.profit!;
    const buyers = labels.reduce((sum, one) => sum + one, 0);
    expect(points.at(-1)!.profit_cents).toBeCloseTo(buyers * (0.5 * 800 - 200) - rows * 2, 6);
    expect(best.share_interval[0]).toBeLessThanOrEqual(best.share);
    expect(best.share_interval[1]).toBeGreaterThanOrEqual(best.share);
    expect(best.profit_cents[0]).toBeLessThanOrEqual(Math.max(...points.map(({ profit_cents }) => profit_cents)));
    const ceiling = await report('?contact_cents=2&discount_cents=200');
    expect(ceiling.profit!.basis).toBe('all_purchases');
    expect(ceiling.profit!.points.at(-1)!.profit_cents).toBeCloseTo(buyers * 800 - rows * 2, 6);
    expect(await report('?treatment=coupon&assumed_effect=0.5')).toEqual(answer);
  });

  it('says why there is no profit curve, and refuses what cannot be', async () => {
    expect(await report()).toMatchObject({ profit: null, no_profit: expect.stringMatching(/name a treatment/) });
    const refused = async (query: string) => {
      const response = await service.get(`/v1/reports/performance?${query}`);
      return [response.statusCode, response.body];
    };
    expect(await refused('contact_cents=2&margin_cents=-5')).toEqual([400, expect.stringMatching(/margin_cents is -5/)]);
    expect(await refused('treatment=flowers')).toEqual([400, expect.stringMatching(/knows coupon/)]);
    expect(await refused('from=2026-11-20T00:00:00Z&until=2026-11-19T00:00:00Z')).toEqual([
      ...[400, expect.stringMatching(/does not lie before until/)],
    ]);
    expect((await refused('assumed_effect=lots'))[0]).toBe(400);
    const empty = await report('?until=2026-01-01T00:00:00Z&contact_cents=1');
    expect(empty).toMatchObject({ overall: 'too few', slices: [], profit: null, waiting: 0 });
    expect(empty.gain.at(-1)!.gain).toBeNull();
  });
});
