import { analyse } from '@tillcast/core/experiments/statistics/analyse';
import type { WithInterval } from '@tillcast/core/experiments/statistics/compare';
import { compare } from '@tillcast/core/experiments/statistics/compare';
import { type Counted, type Measured, measure } from '@tillcast/core/experiments/statistics/measure';
import type { AnalysisPlan, MetricShape } from '@tillcast/core/experiments/statistics/plan';
import { sequentialTest } from '@tillcast/core/experiments/statistics/sequential';
import { type Test, welchTest } from '@tillcast/core/experiments/statistics/two-sample-test';
import { collectUnits } from '@tillcast/core/experiments/statistics/units';
import { normal } from '@tillcast/core/simulation/distributions';
import { openRandom, type Random } from '@tillcast/core/simulation/random';
import { describe, expect, it } from 'vitest';

const ratio: MetricShape = { kind: 'ratio', numerator: 'm', denominator: 'd' };
const amount: MetricShape = { kind: 'mean', column: 'm' };
const once = welchTest(0.05);

interface Draw {
  /** What clusters have in common, and what each unit has of its own. */
  readonly clusters: number;
  readonly perCluster: number;
  /** Added to what each visit of a treated unit brings. */
  readonly effect: number;
}

/** Units with visits d and what they bring m; habit (of the cluster, and of the unit) shows in both, and in what they did before. */
function draw({ clusters, perCluster, effect }: Draw, random: Random): Counted {
  const units = clusters * perCluster;
  const columns = ['m', 'd', 'pre_m', 'pre_d'].map((name) => [name, new Float64Array(units)] as const);
  const [m, d, preM, preD] = columns.map(([, values]) => values) as [Float64Array, Float64Array, Float64Array, Float64Array];
  const [arm, cluster] = [new Uint8Array(units), new Int32Array(units)];
  for (let number = 0, unit = 0; number < clusters; number++) {
    const shared = normal(random);
    for (let one = 0; one < perCluster; one++, unit++) {
      const habit = 0.7 * shared + 0.7 * normal(random);
      arm[unit] = number % 2;
      cluster[unit] = number;
      // Whoever brings more a visit also visits more: numerator and denominator move together.
      d[unit] = 3 + Math.abs(habit) + random.uniform();
      preD[unit] = 3 + Math.abs(habit) + random.uniform();
      m[unit] = d[unit]! * (5 + habit + effect * arm[unit]! + 0.5 * normal(random));
      preM[unit] = preD[unit]! * (5 + habit + 0.5 * normal(random));
    }
  }
  return { arms: ['control', 'b'], arm, columns: new Map(columns), cluster };
}

const measured = (counted: Counted, shape: MetricShape, covariates: readonly string[]): Measured => {
  const one = measure(counted, shape, covariates);
  if ('reason' in one) throw new Error(one.reason);
  return one;
};
const differenceOf = (counted: Counted, shape: MetricShape, covariates: readonly string[], test: Test = once): WithInterval => {
  const one = measured(counted, shape, covariates);
  const [control, treatment] = covariates.length === 0 ? one.estimates : one.adjust!(1);
  return compare(control!, treatment!, test).difference;
};
const alone = ({ cluster: _, ...counted }: Counted): Counted => counted;

/** Coverage of the true difference and mean width, over experiments. */
function trial(runs: number, truth: number, interval: (random: Random) => WithInterval) {
  let [covered, width] = [0, 0];
  for (let run = 0; run < runs; run++) {
    const [, low, high] = interval(openRandom(`cuped/${run}`));
    if (low <= truth && truth <= high) covered++;
    width += (high - low) / runs;
  }
  return { coverage: covered / runs, width };
}

const pre = ['pre_m', 'pre_d'];
const runs = 400;
const byVisit = { clusters: 400, perCluster: 1, effect: 0.3 };
const byHousehold = { clusters: 120, perCluster: 6, effect: 0.3 };

describe('CUPED for a ratio', () => {
  it('holds the true difference as often as it says, in less width', () => {
    const raw = trial(runs, 0.3, (random) => differenceOf(alone(draw(byVisit, random)), ratio, []));
    const adjusted = trial(runs, 0.3, (random) => differenceOf(alone(draw(byVisit, random)), ratio, pre));
    expect(adjusted.coverage).toBeGreaterThan(0.92);
    expect(adjusted.coverage).toBeLessThan(0.975);
    expect(adjusted.width / raw.width).toBeLessThan(0.75);
  });

  it('does not, where the denominator is taken for a constant (planted): then visits, which move with what they bring, are counted as noise', () => {
    const naive = trial(runs, 0.3, (random) => {
      const counted = alone(draw(byVisit, random));
      const d = counted.columns.get('d')!;
      const mean = d.reduce((sum, one) => sum + one, 0) / d.length;
      const scaled = counted.columns.get('m')!.map((one) => one / mean);
      return differenceOf({ ...counted, columns: new Map([...counted.columns, ['m', scaled]]) }, amount, pre);
    });
    const adjusted = trial(runs, 0.3, (random) => differenceOf(alone(draw(byVisit, random)), ratio, pre));
    expect(naive.width / adjusted.width).toBeGreaterThan(1.1);
  });

  it('over ones is CUPED of the mean, to the last digits', () => {
    const counted = alone(draw(byVisit, openRandom('ones')));
    const ones = { ...counted, columns: new Map([...counted.columns, ['d', new Float64Array(counted.arm.length).fill(1)]]) };
    const [a, b] = [differenceOf(ones, ratio, ['pre_m']), differenceOf(ones, amount, ['pre_m'])];
    for (const [at, value] of b.entries()) expect(Math.abs(a[at]! - value)).toBeLessThan(1e-9);
  });
});

describe('CUPED for clustered units', () => {
  it.each([
    ['a mean', amount],
    ['a ratio', ratio],
  ] as const)(
    '%s: holds the truth as often as it says, in less width; naive about clusters (planted) it does not',
    (_, shape) => {
      // What is brought a unit: visits have a mean of 3.5 + E|habit|, and the effect is one a visit.
      const truth = shape === ratio ? 0.3 : 0.3 * (3.5 + Math.sqrt((2 * 0.98) / Math.PI));
      const raw = trial(runs, truth, (random) => differenceOf(draw(byHousehold, random), shape, []));
      const adjusted = trial(runs, truth, (random) => differenceOf(draw(byHousehold, random), shape, pre));
      const naive = trial(runs, truth, (random) => differenceOf(alone(draw(byHousehold, random)), shape, []));
      expect(adjusted.coverage).toBeGreaterThan(0.92);
      expect(adjusted.coverage).toBeLessThan(0.975);
      expect(adjusted.width / raw.width).toBeLessThan(0.75);
      expect(naive.coverage).toBeLessThan(0.85);
    },
  );

  it('clusters of one change nothing', () => {
    const counted = draw({ ...byHousehold, perCluster: 1 }, openRandom('single'));
    for (const shape of [amount, ratio]) {
      const [a, b] = [differenceOf(counted, shape, pre), differenceOf(alone(counted), shape, pre)];
      for (const [at, value] of b.entries()) expect(Math.abs(a[at]! - value)).toBeLessThan(1e-9);
    }
  });
});

describe('the adjusted figures in the sequential test', () => {
  const rule = { kind: 'two_peak', plannedUnits: 240 } as const;

  /** How often any of eight looks at households without an effect leaves out 0. */
  const alarms = (cover: (counted: Counted) => Counted, test: Test, covariates: readonly string[] = pre): number => {
    let rang = 0;
    for (let run = 0; run < 200; run++) {
      const all = draw({ clusters: 240, perCluster: 8, effect: 0 }, openRandom(`looks/${run}`));
      const isAlarm = Array.from({ length: 8 }, (_, look) => 240 * (look + 1)).some((units) => {
        const seen = { ...all, arm: all.arm.map((of, row) => (row < units ? of : 255)) };
        const [, low, high] = differenceOf(cover(seen), ratio, covariates, test);
        return low > 0 || high < 0;
      });
      if (isAlarm) rang++;
    }
    return rang / 200;
  };

  it('may be looked at daily by clusters; by units taken for independent (planted), or by the fixed test, they may not', () => {
    expect(alarms((one) => one, sequentialTest(0.05, rule))).toBeLessThanOrEqual(0.05);
    expect(alarms((one) => one, once)).toBeGreaterThan(0.1);
    const naive = sequentialTest(0.05, { ...rule, plannedUnits: 8 * rule.plannedUnits });
    expect(alarms(alone, naive, [])).toBeGreaterThan(0.1);
  });

  const plan = (over: Partial<AnalysisPlan>): AnalysisPlan => ({
    metrics: [{ name: 'a visit', role: 'primary', better: 'higher', shape: ratio }],
    ...{ covariates: pre, method: { kind: 'sequential', mixture: 'two_peak' }, assurance: { alpha: 0.05, power: 0.8 } },
    ...{ plannedUnits: 720, minimumLift: 0.05, minimumDays: 0, maturityMs: 0, isDecidedByCuped: true },
    split: { alpha: 0.001, minUnits: 100, minDeviation: 0.001 },
    ...over,
  });

  it('are what is decided by, with households as clusters, and their covariates are not refused for being alike', () => {
    const counted = draw(byHousehold, openRandom('plan'));
    const names = [...counted.columns.keys()];
    const collector = collectUnits(names, {});
    for (let row = 0; row < counted.arm.length; row++)
      collector.add(
        {
          ...{
            unit: `${row}`,
            variant: counted.arms[counted.arm[row]!]!,
            exposedAtMs: Number.NaN,
            cluster: `${counted.cluster![row]}`,
          },
          values: names.map((name) => counted.columns.get(name)![row]!),
        },
        `row ${row}`,
      );
    const { comparisons, notes } = analyse(collector.finish(), plan({}));
    const { cuped, decisive, alwaysValid } = comparisons[0]!.figures!;
    expect(cuped!.covariates).toEqual(pre);
    expect(cuped!.varianceRatio).toBeLessThan(0.6);
    expect(decisive.difference[2] - decisive.difference[1]).toBeLessThan(alwaysValid!.difference[2] - alwaysValid!.difference[1]);
    expect(notes.join()).toContain('clusters');
    expect(notes.join()).not.toContain('not used');
  });
});
