import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibrationBins, inBlocks, qualityOfMany } from '../../../src/decisions/money/quality-of-many.ts';
import { bootstrap } from '../../../src/learning/bootstrap.ts';
import { evaluateScores } from '../../../src/learning/evaluated-scores.ts';
import type { Interval } from '../../../src/learning/metric.ts';
import { ece } from '../../../src/learning/metrics.ts';
import { rankScores } from '../../../src/learning/ranked-scores.ts';
import { groupsOf } from '../../../src/scoring/groups.ts';
import { probabilityOf } from '../../../src/scoring/log-odds.ts';
import { normal } from '../../../src/simulation/distributions.ts';
import { openRandom } from '../../../src/simulation/random.ts';

/** Rows of shoppers whose luck is their own: five each, which say little more than one. */
function served(rows: number, seed: string) {
  const random = openRandom(seed);
  const own = Float64Array.from({ length: rows / 5 }, () => normal(random));
  const shopper = Int32Array.from({ length: rows }, (_, row) => Math.floor(row / 5));
  const logOdds = Float64Array.from(shopper, () => -1.5 + normal(random));
  const labels = Uint8Array.from(logOdds, (z, row) => Number(random.uniform() < probabilityOf(0.8 * z + own[shopper[row]!]!)));
  return { logOdds, labels, shopper };
}
const width = ({ low, high }: Interval): number => high - low;

describe('the quality of many rows', () => {
  const { logOdds, labels, shopper } = served(12_000, 'many');
  const groups = groupsOf(shopper);
  const computed = qualityOfMany(logOdds, labels, groups, openRandom('blocks'));

  it('has the values and, to a tenth, the errors that redrawing shoppers has', () => {
    const redrawn = bootstrap([evaluateScores(logOdds, labels, groups)], {
      random: openRandom('redraw'),
      replicates: 1_000,
    }).metrics(0);
    for (const name of ['logLoss', 'rocAuc', 'ece'] as const) {
      expect(computed[name].value).toBeCloseTo(redrawn[name].value, 10);
      expect(width(computed[name]) / width(redrawn[name]), name).toBeGreaterThan(0.88);
      expect(width(computed[name]) / width(redrawn[name]), name).toBeLessThan(1.12);
    }
  });

  it('would be surer than it may be, were each row its own shopper (planted)', () => {
    const alone = groupsOf(Int32Array.from(shopper.keys()));
    const naive = qualityOfMany(logOdds, labels, alone, openRandom('blocks'));
    expect(width(naive.logLoss) / width(computed.logLoss)).toBeLessThan(0.9);
  });

  it('bins calibration as the metric does, ties and all', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: -4, max: 4 }), fc.nat(1)), { minLength: 1, maxLength: 80 }), (rows) => {
        const [scores, bought] = [rows.map(([z]) => z / 2), rows.map(([, label]) => label)];
        const ranked = rankScores(scores, bought);
        const gaps = new Float64Array(10);
        for (const [rank, bin] of calibrationBins(ranked).entries())
          gaps[bin]! += ranked.probability[rank]! - ranked.label[rank]!;
        expect(gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / rows.length).toBeCloseTo(ece(scores, bought), 10);
      }),
      { seed: 6, numRuns: 300 },
    );
  });
});

it('blocks hold whole shoppers, about as many each', () => {
  const { code, count } = inBlocks(groupsOf(Int32Array.from({ length: 50_000 }, (_, row) => row >> 1)), 100);
  expect(count).toBe(100);
  for (let row = 0; row < 50_000; row += 2) expect(code[row]).toBe(code[row + 1]);
  const sizes = new Float64Array(100);
  for (const block of code) sizes[block]!++;
  expect(Math.min(...sizes)).toBeGreaterThan(350);
  expect(Math.max(...sizes)).toBeLessThan(650);
});
