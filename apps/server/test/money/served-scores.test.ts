import { rocAuc } from '@tillcast/core/learning/metrics';
import type { LoggedPrediction } from '@tillcast/core/ports/prediction-log';
import { logOddsOf, probabilityOf } from '@tillcast/core/scoring/log-odds';
import { normal } from '@tillcast/core/simulation/distributions';
import { openRandom } from '@tillcast/core/simulation/random';
import { expect, it } from 'vitest';
import { readServedScores } from '../../src/money/served-scores.ts';

const hourMs = 3_600_000;

/** Rows of a month in which the base rate falls: whoever reads the newest ones alone sees another shop. */
function month(rows: number): LoggedPrediction[] {
  const random = openRandom('month');
  return Array.from({ length: rows }, (_, n) => {
    const logOdds = logOddsOf(0.3 - (0.25 * n) / rows) + normal(random);
    const label = Number(random.uniform() < probabilityOf(logOdds)) as 0 | 1;
    const shopper = `u:${Math.floor(random.uniform() * (rows / 4))}`;
    return {
      record: {
        ...{ tenant: 'default', predictionId: `p${n}`, shopper, sessionId: `s${n}`, target: 'item', horizonMs: hourMs },
        ...{ askedAtMs: n, asOfMs: n, rung: 'behavioural', degraded: [], price: 10, category: n % 3 === 0 ? 'shoes' : 'books' },
        model: { name: 'item', version: 'v1', contentHash: 'abc' },
        columns: { hash: 'c', names: ['shopper_visits'] },
        ...{ row: Float32Array.of(1), probability: probabilityOf(logOdds), logOdds, agreement: 1, latencyUs: 1, cacheHit: false },
      },
      label: { version: 1, label, labelNet: label, netFinal: false, decidedAtMs: n, because: 'closed' },
    };
  });
}

const log = (rows: readonly LoggedPrediction[]) => ({
  async *read() {
    for (let from = 0; from < rows.length; from += 500) yield rows.slice(from, from + 500);
  },
});
const nothing = { async *read() {} };
const read = (rows: readonly LoggedPrediction[], mostRows: number) =>
  readServedScores(log(rows), nothing, { target: 'item', fromMs: 0, untilMs: 1e12, mostRows });

const rateOf = (labels: Uint8Array): number => labels.reduce((sum, one) => sum + one, 0) / labels.length;
const count = 60_000;
const rows = month(count);

it('all rows of a window are measured, the oldest as the newest', async () => {
  const { scores, leftOut, share, meanOrder } = await read(rows, count);
  expect([scores.labels.length, leftOut, share, meanOrder]).toEqual([count, 0, 1, 10]);
  const [logOdds, labels] = [rows.map(({ record }) => record.logOdds), rows.map(({ label }) => label!.label)];
  expect(rocAuc(scores.logOdds, scores.labels)).toBeCloseTo(rocAuc(logOdds, labels), 12);
  expect(new Set(scores.shopper).size).toBe(new Set(rows.map(({ record }) => record.shopper)).size);
});

it('too many are a sample of shoppers, all rows of each, from the whole window; the newest rows (planted) are another shop', async () => {
  const { scores, leftOut, share } = await read(rows, 12_000);
  expect(scores.labels.length).toBeLessThanOrEqual(12_000);
  expect(scores.labels.length).toBeGreaterThan(9_000);
  expect(scores.labels.length + leftOut).toBe(count);
  expect(scores.labels.length / count).toBeCloseTo(share, 1);
  // Whole shoppers: nobody who is in the sample has a row outside it.
  const perShopper = Map.groupBy(rows, ({ record }) => record.shopper);
  const sizes = new Map<number, number>();
  for (const one of scores.shopper) sizes.set(one, (sizes.get(one) ?? 0) + 1);
  expect([...sizes.values()].reduce((sum, one) => sum + one, 0) / sizes.size).toBeCloseTo(count / perShopper.size, 1);
  expect([...sizes.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: sizes.size }, (_, n) => n));
  const truth = rateOf(Uint8Array.from(rows, ({ label }) => label!.label));
  expect(Math.abs(rateOf(scores.labels) - truth)).toBeLessThan(0.015);
  expect(Math.abs(rateOf(Uint8Array.from(rows.slice(-12_000), ({ label }) => label!.label)) - truth)).toBeGreaterThan(0.05);
  const categories = scores.slicings.find(({ by }) => by === 'category')!;
  expect(categories.of.filter((one) => categories.names[one] === 'shoes').length / scores.labels.length).toBeCloseTo(1 / 3, 1);
});

it('the same rows give the same sample, however they come', async () => {
  const [a, b] = [await read(rows, 5_000), await read(rows.toReversed(), 5_000)];
  expect(b.share).toBe(a.share);
  expect(b.scores.labels.length).toBe(a.scores.labels.length);
  expect(rocAuc(b.scores.logOdds, b.scores.labels)).toBeCloseTo(rocAuc(a.scores.logOdds, a.scores.labels), 12);
});
