import { describe, expect, it } from 'vitest';
import { fewest, measurePerformance, type ServedScores } from '../../../src/decisions/money/performance.ts';
import { compareWithRest } from '../../../src/decisions/money/worse-than-rest.ts';
import { logLoss, rocAuc } from '../../../src/learning/metrics.ts';
import { logOddsOf, probabilityOf } from '../../../src/scoring/log-odds.ts';
import { normal } from '../../../src/simulation/distributions.ts';
import { openRandom, type Random } from '../../../src/simulation/random.ts';

/** Rows of four categories, three a shopper; in `bad` the scores are noise. */
function serve(random: Random, { rows = 4_000, bad = -1, small = 30, names = ['a', 'b', 'c', 'd'] } = {}): ServedScores {
  const logOdds = new Float64Array(rows);
  const labels = new Uint8Array(rows);
  const of = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    of[row] = row < small ? names.length : Math.floor(random.uniform() * names.length);
    const truth = logOddsOf(0.15) + 1.2 * normal(random);
    labels[row] = Number(random.uniform() < probabilityOf(truth));
    logOdds[row] = of[row] === bad ? logOddsOf(0.25) + 0.9 * normal(random) : truth;
  }
  const shopper = Int32Array.from(logOdds, (_, row) => Math.floor(row / 3));
  return { logOdds, labels, shopper, slicings: [{ by: 'category', names: [...names, 'tiny'], of }] };
}

describe('a slice beside the rest', () => {
  it('has the differences of the metrics, and the error that redrawing shoppers has', () => {
    const { logOdds, labels, shopper } = serve(openRandom(9), { rows: 1_500 });
    // Shoppers with three rows on either side, and some on both.
    const isIn = (row: number) => row % 1_000 < 450;
    const part = (keep: (row: number) => boolean, rows = [...labels.keys()]) => ({
      logOdds: rows.filter(keep).map((row) => logOdds[row]!),
      labels: rows.filter(keep).map((row) => labels[row]!),
      shopper: rows.filter(keep).map((row) => shopper[row]!),
    });
    const compare = (rows?: number[]) =>
      compareWithRest(
        part(isIn, rows),
        part((row) => !isIn(row), rows),
        500,
      );
    const [area, skill] = compare();
    const [a, b] = [part(isIn), part((row) => !isIn(row))];
    expect(area!.difference.value).toBeCloseTo(rocAuc(a.logOdds, a.labels) - rocAuc(b.logOdds, b.labels), 12);
    const entropy = (y: number[]) =>
      logLoss(
        y.map(() => logOddsOf(y.reduce((sum, one) => sum + one, 0) / y.length)),
        y,
      );
    const skillOf = ({ logOdds: z, labels: y }: typeof a) => 1 - logLoss(z, y) / entropy(y);
    expect(skill!.difference.value).toBeCloseTo(skillOf(a) - skillOf(b), 12);
    const random = openRandom(10);
    const drawn = Array.from({ length: 300 }, () => {
      const people = Array.from({ length: 500 }, () => Math.floor(random.uniform() * 500));
      return compare(people.flatMap((one) => [3 * one, 3 * one + 1, 3 * one + 2])).map(({ difference }) => difference.value);
    });
    for (const [at, { difference }] of [area!, skill!].entries()) {
      const values = drawn.map((one) => one[at]!);
      const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
      const error = Math.sqrt(values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / values.length);
      expect((difference.high - difference.low) / 2 / 1.96 / error).toBeGreaterThan(0.87);
      expect((difference.high - difference.low) / 2 / 1.96 / error).toBeLessThan(1.15);
    }
  });
});

describe('performance by slice', () => {
  it('gives the figures of exactly its rows, and none below the minimum', () => {
    const served = serve(openRandom(1));
    const { overall, slices } = measurePerformance(served, openRandom(2), 40);
    expect(overall).toMatchObject({ rows: 4_000, conversions: served.labels.reduce((sum, one) => sum + one, 0) });
    expect(slices.reduce((sum, { rows }) => sum + rows, 0)).toBe(4_000);
    const rows = [...served.labels.keys()].filter((row) => served.slicings[0]!.of[row] === 1);
    const pick = (column: ArrayLike<number>) => rows.map((row) => column[row]!);
    const b = slices.find(({ name }) => name === 'b')!.quality!;
    expect(b.logLoss.value).toBeCloseTo(logLoss(pick(served.logOdds), pick(served.labels)), 12);
    expect(b.rocAuc.value).toBeCloseTo(rocAuc(pick(served.logOdds), pick(served.labels)), 12);
    expect(b.baseRate.value).toBeCloseTo(pick(served.labels).reduce((sum, one) => sum + one, 0) / rows.length, 12);
    for (const { value, low, high } of [b.logLoss, b.rocAuc, b.ece, b.baseRate]) expect(low <= value && value <= high).toBe(true);
    expect(slices.find(({ name }) => name === 'tiny')).toEqual({ by: 'category', name: 'tiny', rows: 30 });
    expect(30).toBeLessThan(fewest.rows);
  });

  it('flags the slice whose scores are noise, in ranking and in skill, and no other', () => {
    const { slices } = measurePerformance(serve(openRandom(3), { bad: 2 }), openRandom(4), 100);
    for (const { name, worse } of slices)
      if (worse !== undefined)
        expect([name, worse.filter(({ isWorse }) => isWorse).map(({ metric }) => metric)]).toEqual([
          ...[name, name === 'c' ? ['rocAuc', 'skill'] : []],
        ]);
    expect(slices.find(({ name }) => name === 'c')!.worse).toHaveLength(2);
  });

  it('rings seldom where no slice is worse, and would ring often without Benjamini and Hochberg', () => {
    const runs = process.env.TILLCAST_LONG === '1' ? 200 : 12;
    const names = Array.from({ length: 10 }, (_, i) => `n${i}`);
    let [flags, unadjusted] = [0, 0];
    for (let run = 0; run < runs; run++) {
      const { slices } = measurePerformance(
        serve(openRandom(`null/${run}`), { rows: 2_600, small: 0, names }),
        openRandom(run),
        40,
      );
      const all = slices.flatMap(({ worse = [] }) => worse);
      flags += Number(all.some(({ isWorse }) => isWorse));
      unadjusted += Number(all.some(({ pValue }) => pValue <= 0.05));
    }
    expect(flags).toBeLessThanOrEqual(0.17 * runs);
    expect(unadjusted).toBeGreaterThan(0.3 * runs);
  });

  it('gathers what is beyond the twelve largest slices, and says nothing of too little', () => {
    const names = Array.from({ length: 20 }, (_, i) => `n${i}`);
    const { slices } = measurePerformance(serve(openRandom(5), { names }), openRandom(6), 20);
    expect([slices.length, slices.at(-1)!.name]).toEqual([13, '(others)']);
    expect(measurePerformance(serve(openRandom(7), { rows: 60 }), openRandom(8), 20).overall).toBeUndefined();
  });
});
