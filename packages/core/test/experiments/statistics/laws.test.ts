import { sumByCluster } from '@tillcast/core/experiments/statistics/clusters';
import { compare } from '@tillcast/core/experiments/statistics/compare';
import { adjustedEstimate, pooledTheta } from '@tillcast/core/experiments/statistics/cuped';
import { meanEstimate, proportionEstimate } from '@tillcast/core/experiments/statistics/estimate';
import { firstEstimate, linearised } from '@tillcast/core/experiments/statistics/linearised';
import {
  leftOut,
  type Moments,
  mergeMoments,
  momentsByGroup,
  momentsOfSums,
} from '@tillcast/core/experiments/statistics/moments';
import { benjaminiHochberg, holm } from '@tillcast/core/experiments/statistics/multiple-tests';
import { type SequentialRule, sequentialTest } from '@tillcast/core/experiments/statistics/sequential';
import { lookAtSplit, noLooks } from '@tillcast/core/experiments/statistics/srm-sequential';
import { waldTest, welchTest } from '@tillcast/core/experiments/statistics/two-sample-test';
import { pooledCap, winsorise } from '@tillcast/core/experiments/statistics/winsorise';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const amount = fc.integer({ min: -100_000, max: 100_000 }).map((cents) => cents / 128);
const rows = fc.array(fc.record({ arm: fc.constantFrom(0, 1, leftOut), y: amount, x: amount, cluster: fc.nat(5) }), {
  minLength: 2,
  maxLength: 60,
});
type Row = { arm: number; y: number; x: number; cluster: number };
const columnsOf = (table: readonly Row[]) => ({
  arm: Uint8Array.from(table, ({ arm }) => arm),
  y: Float64Array.from(table, ({ y }) => y),
  x: Float64Array.from(table, ({ x }) => x),
});
const near = (a: number, b: number, scale = 1) =>
  expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(b), scale));
const ratioOf = (moments: Moments) => firstEstimate(linearised(moments, [{ numerator: 0, denominator: 1 }]));
const mean = (column: number) => ({ column, kind: 'mean' as const });

describe('moments', () => {
  it('of two halves are those of the whole, and of raw sums', () => {
    fc.assert(
      fc.property(rows, fc.nat(), (table, cut) => {
        const { arm, y, x } = columnsOf(table);
        const at = cut % table.length;
        const halves = [0, at].map((from, half) => {
          const until = half === 0 ? at : table.length;
          return momentsByGroup([y.subarray(from, until), x.subarray(from, until)], arm.subarray(from, until), 2)[0]!;
        });
        const whole = momentsByGroup([y, x], arm, 2)[0]!;
        const merged = mergeMoments(halves[0]!, halves[1]!);
        const kept = table.filter((row) => row.arm === 0);
        const sum = (value: (row: Row) => number) => kept.reduce((total, row) => total + value(row), 0);
        const ofSums = momentsOfSums(
          kept.length,
          [sum((r) => r.y), sum((r) => r.x)],
          [sum((r) => r.y * r.y), sum((r) => r.y * r.x), sum((r) => r.y * r.x), sum((r) => r.x * r.x)],
        );
        for (const other of [merged, ofSums]) {
          expect(other.n).toBe(whole.n);
          for (const i of [0, 1]) near(other.means[i]!, whole.means[i]!);
          for (const i of [0, 1, 2, 3]) near(other.products[i]!, whole.products[i]!, 1e8);
        }
      }),
    );
  });

  it('keep their digits where the mean is large: raw sums of doubles would not', () => {
    const y = Float64Array.from({ length: 1_000 }, (_, at) => 1e9 + (at % 2));
    const [moments] = momentsByGroup([y], new Uint8Array(1_000), 1);
    near(meanEstimate(moments!, 0, 'mean').variance, 250 / 999);
    const sum = y.reduce((total, value) => total + value, 0);
    const squares = y.reduce((total, value) => total + value * value, 0);
    expect(Math.abs(meanEstimate(momentsOfSums(1_000, [sum], [squares]), 0, 'mean').variance - 250 / 999)).toBeGreaterThan(1e-3);
  });
});

describe('estimates', () => {
  it('a ratio over ones is a mean', () => {
    fc.assert(
      fc.property(fc.array(amount, { minLength: 2, maxLength: 50 }), (values) => {
        const y = Float64Array.from(values);
        const [moments] = momentsByGroup([y, new Float64Array(y.length).fill(1)], new Uint8Array(y.length), 1);
        const ratio = ratioOf(moments!);
        near(ratio.mean, meanEstimate(moments!, 0, 'mean').mean);
        near(ratio.variance, meanEstimate(moments!, 0, 'mean').variance, 1e6);
      }),
    );
  });

  it('clusters of one unit change nothing, and clusters of copies do not add certainty', () => {
    fc.assert(
      fc.property(fc.array(amount, { minLength: 3, maxLength: 30 }), fc.integer({ min: 2, max: 4 }), (values, copies) => {
        const y = Float64Array.from(values.flatMap((value) => new Array<number>(copies).fill(value)));
        const cluster = Int32Array.from(values.flatMap((_, at) => new Array<number>(copies).fill(at)));
        const summed = sumByCluster(cluster, new Uint8Array(y.length), [y]);
        const ofClusters = ratioOf(momentsByGroup([summed.columns[0]!, summed.sizes], summed.arm, 1)[0]!);
        const ofUnits = meanEstimate(
          momentsByGroup([Float64Array.from(values)], new Uint8Array(values.length), 1)[0]!,
          0,
          'mean',
        );
        expect(ofClusters.n).toBe(ofUnits.n);
        near(ofClusters.mean, ofUnits.mean);
        near(ofClusters.variance, ofUnits.variance, 1e6);
      }),
    );
  });

  it('a cluster in two arms is left out and counted', () => {
    const summed = sumByCluster(Int32Array.of(0, 0, 1, 2), Uint8Array.of(0, 1, 1, leftOut), [Float64Array.of(1, 2, 3, 4)]);
    expect([...summed.arm]).toEqual([leftOut, 1, leftOut]);
    expect(summed.crossed).toBe(1);
  });

  it('CUPED: a covariate that is the outcome leaves nothing, one without spread changes nothing, a shift of it changes nothing', () => {
    fc.assert(
      fc.property(rows, amount, (table, shift) => {
        const { arm, y, x } = columnsOf(table);
        const adjusted = (covariates: readonly Float64Array[]) => {
          const arms = momentsByGroup([y, ...covariates], arm, 2);
          fc.pre(arms.every(({ n }) => n > 1));
          const columns = covariates.map((_, at) => mean(at + 1));
          const theta = pooledTheta(arms, mean(0), columns);
          return arms.map((one) => adjustedEstimate(one, mean(0), columns, theta));
        };
        const raw = momentsByGroup([y], arm, 2).map((one) => meanEstimate(one, 0, 'mean'));
        const scale = raw[0]!.variance + raw[1]!.variance;
        fc.pre(scale > 1e-3);
        const difference = (pair: readonly { mean: number }[]) => pair[1]!.mean - pair[0]!.mean;
        for (const { variance } of adjusted([y])) expect(variance).toBeLessThanOrEqual(1e-6 * scale);
        near(difference(adjusted([new Float64Array(y.length).fill(7)])), difference(raw), 1e3);
        near(difference(adjusted([x])), difference(adjusted([x.map((value) => value + shift)])), 1e3);
      }),
    );
  });
});

const rules: readonly SequentialRule[] = [
  { kind: 'two_peak', plannedUnits: 20_000 },
  { kind: 'confidence_sequence', tunedUnits: 20_000 },
  { kind: 'msprt', tau: 0.01 },
];

describe('tests', () => {
  const arms = fc.tuple(fc.integer({ min: 5, max: 95 }), fc.integer({ min: 5, max: 95 }), fc.integer({ min: 100, max: 50_000 }));

  it.each([waldTest(0.05), welchTest(0.05), ...rules.map((rule) => sequentialTest(0.05, rule))])(
    'p ≤ α exactly where the interval leaves out 0, and swapping arms changes the sign only (%#)',
    (test) => {
      fc.assert(
        fc.property(arms, ([a, b, n]) => {
          const [control, treatment] = [a, b].map((percent) => proportionEstimate(n, Math.round((n * percent) / 100)));
          const one = compare(control!, treatment!, test);
          const leavesOutZero = one.difference[1] > 0 || one.difference[2] < 0;
          if (Math.abs(one.pValue - 0.05) > 1e-9) expect(one.pValue <= 0.05).toBe(leavesOutZero);
          const swapped = compare(treatment!, control!, test);
          near(swapped.difference[0], -one.difference[0]);
          near(swapped.pValue, one.pValue);
        }),
      );
    },
  );

  it.each(rules)('an always-valid interval is wider than the fixed one: $kind', (rule) => {
    fc.assert(
      fc.property(arms, ([a, b, n]) => {
        const [control, treatment] = [a, b].map((percent) => proportionEstimate(n, Math.round((n * percent) / 100)));
        const width = ({ difference }: ReturnType<typeof compare>) => difference[2] - difference[1];
        const fixed = width(compare(control!, treatment!, waldTest(0.05)));
        expect(width(compare(control!, treatment!, sequentialTest(0.05, rule)))).toBeGreaterThan(fixed);
      }),
    );
  });

  it('adjusted p-values: never below the raw ones, Holm never below Benjamini–Hochberg, in the order of the raw ones', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 }), (p) => {
        const [h, bh] = [holm(p), benjaminiHochberg(p)];
        for (const [at, raw] of p.entries()) {
          expect(bh[at]!).toBeGreaterThanOrEqual(raw);
          expect(h[at]!).toBeGreaterThanOrEqual(bh[at]! - 1e-15);
          for (const [other, second] of p.entries()) if (raw < second) expect(h[at]!).toBeLessThanOrEqual(h[other]!);
        }
      }),
    );
  });
});

describe('winsorising', () => {
  it('has one cap for all arms, and cuts as many as it says', () => {
    fc.assert(
      fc.property(rows, fc.double({ min: 0.6, max: 0.99, noNaN: true }), (table, level) => {
        const { arm, y } = columnsOf(table);
        const cap = pooledCap(y, arm, level, false);
        const capped = winsorise(y, cap);
        const kept = table.filter((row) => row.arm !== leftOut);
        expect(capped.every((value) => value <= cap.value)).toBe(true);
        expect(cap.capped).toBe(kept.filter((row) => row.y > cap.value).length);
        expect(
          pooledCap(
            y,
            arm.map((of) => (of === leftOut ? leftOut : 1 - of)),
            level,
            false,
          ),
        ).toEqual(cap);
      }),
    );
  });
});

describe('a watched split', () => {
  const watch = { alpha: 0.001, minUnits: 100, minDeviation: 0.001 };

  it('keeps ringing once it rang', () => {
    const rang = lookAtSplit(noLooks, [60_000, 40_000], [0.5, 0.5], watch);
    expect(rang.isAlarm).toBe(true);
    expect(lookAtSplit(rang, [100_000, 100_000], [0.5, 0.5], watch).isAlarm).toBe(true);
  });

  it.each([
    ['below the least number of units', [90, 5], watch],
    ['below the least deviation', [500_200_000, 499_800_000], { ...watch, minDeviation: 0.001 }],
  ])('is silent %s', (_, counts, rule) => {
    expect(lookAtSplit(noLooks, counts, [0.5, 0.5], rule).isAlarm).toBe(false);
    expect(lookAtSplit(noLooks, counts, [0.5, 0.5], { ...rule, minUnits: 0, minDeviation: 0 }).isAlarm).toBe(true);
  });

  it('spends α over planned looks and no more', () => {
    let looks = noLooks;
    for (let day = 1; day <= 20; day++)
      looks = lookAtSplit(looks, [day * 500, day * 500], [0.5, 0.5], { ...watch, plannedUnits: 10_000 });
    expect(looks.spent).toBeLessThanOrEqual(0.001);
    expect(looks.isAlarm).toBe(false);
  });
});
