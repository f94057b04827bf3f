import { readdirSync, readFileSync } from 'node:fs';
import { metricNames } from '@tillcast/core/learning/metric';
import { brier, ece, liftAt, logLoss, metricsOf, prAuc, rocAuc } from '@tillcast/core/learning/metrics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const root = new URL('../../../../fixtures/metrics/', import.meta.url);

describe.each(readdirSync(root))('metrics on %s', (file) => {
  const { log_odds: logOdds, labels, expected } = JSON.parse(readFileSync(new URL(file, root), 'utf8'));

  it.each(metricNames)('%s is scikit-learn’s', (name) => {
    const measured = metricsOf(logOdds, labels)[name];
    expect(Math.abs(measured - expected[name])).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(expected[name])));
  });

  it('single functions say the same', () => {
    const all = metricsOf(logOdds, labels);
    expect(rocAuc(logOdds, labels)).toBe(all.rocAuc);
    expect(prAuc(logOdds, labels)).toBe(all.prAuc);
    expect(ece(logOdds, labels)).toBe(all.ece);
    expect(liftAt(0.05, logOdds, labels)).toBe(all.liftAt5);
    expect(logLoss(logOdds, labels)).toBeCloseTo(all.logLoss, 13);
    expect(brier(logOdds, labels)).toBeCloseTo(all.brier, 13);
  });
});

const rows = fc.array(
  fc.record({ z: fc.double({ min: -30, max: 30, noNaN: true }).map((z) => Math.round(z)), y: fc.constantFrom(0, 1) }),
  { minLength: 2, maxLength: 60 },
);
const split = (sample: readonly { z: number; y: number }[]) => [sample.map(({ z }) => z), sample.map(({ y }) => y)] as const;

describe('laws of metrics', () => {
  it('ROC AUC is the share of pairs in order, ties half', () => {
    fc.assert(
      fc.property(rows, (sample) => {
        const buyers = sample.filter(({ y }) => y === 1);
        const others = sample.filter(({ y }) => y === 0);
        fc.pre(buyers.length > 0 && others.length > 0);
        const pairs = buyers.flatMap((a) => others.map((b) => (a.z > b.z ? 1 : a.z === b.z ? 0.5 : 0)));
        expect(rocAuc(...split(sample))).toBeCloseTo(pairs.reduce<number>((sum, pair) => sum + pair, 0) / pairs.length, 12);
      }),
    );
  });

  it('the order of rows changes nothing, whatever the ties', () => {
    fc.assert(
      fc.property(rows, (sample) => {
        const [a, b] = [metricsOf(...split(sample)), metricsOf(...split(sample.toReversed()))];
        for (const name of ['rocAuc', 'prAuc', 'ece', 'liftAt1', 'liftAt5', 'liftAt10', 'logLoss'] as const) {
          if (Number.isNaN(a[name])) expect(b[name]).toBeNaN();
          else expect(b[name]).toBeCloseTo(a[name], 12);
        }
      }),
    );
  });

  it('one class has no ranking, and says so', () => {
    const { rocAuc: auc, prAuc: precision, calibrationSlope } = metricsOf([1, 2, 3], [0, 0, 0]);
    expect([auc, precision, calibrationSlope]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  it('scores that separate the classes, or do not vary, have no calibration line', () => {
    expect(metricsOf([-2, -1, -1, 3], [0, 0, 1, 1]).calibrationSlope).toBeNaN();
    expect(metricsOf([-2, -2, -2, -2], [0, 0, 1, 1]).calibrationSlope).toBeNaN();
  });

  it('a confident wrong score costs its log-odds, never infinity', () => {
    expect(logLoss([800, -800], [0, 1])).toBe(800);
  });
});
