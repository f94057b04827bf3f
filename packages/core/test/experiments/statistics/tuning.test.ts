import { analyse } from '@tillcast/core/experiments/statistics/analyse';
import type { Compared } from '@tillcast/core/experiments/statistics/compare';
import type { AnalysisPlan, Method } from '@tillcast/core/experiments/statistics/plan';
import { criticalValue, normalMixture, tunedRhoSquared, twoPeakMixture } from '@tillcast/core/experiments/statistics/sequential';
import { defaultSplitAlarm } from '@tillcast/core/experiments/statistics/srm';
import { collectUnits } from '@tillcast/core/experiments/statistics/units';
import { openRandom } from '@tillcast/core/simulation/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const alpha = 0.05;
const base: Omit<AnalysisPlan, 'method'> = {
  metrics: [{ name: 'bought', role: 'primary', better: 'higher', shape: { kind: 'proportion', column: 'bought' } }],
  ...{ covariates: [], assurance: { alpha, power: 0.8 }, minimumLift: 0.1, minimumDays: 0, maturityMs: 0 },
  ...{ isDecidedByCuped: false, split: defaultSplitAlarm },
};

/** Units of arms in any proportion; with clusters, a few units each. */
function unitsOf(sizes: readonly number[], clusterSize: number | undefined) {
  const random = openRandom(sizes.join());
  const collector = collectUnits(['bought'], {});
  for (const [arm, size] of sizes.entries())
    for (let n = 0; n < size; n++)
      collector.add(
        {
          ...{ unit: `${arm}/${n}`, variant: `v${arm}`, exposedAtMs: 0, values: [Number(random.uniform() < 0.3)] },
          ...(clusterSize === undefined ? {} : { cluster: `${arm}/${Math.floor(n / clusterSize)}` }),
        },
        `unit ${n}`,
      );
  return collector.finish();
}

/** How many standard errors the always-valid interval of each comparison reaches. */
function reaches(sizes: readonly number[], method: Method, plannedUnits: number, clusterSize?: number): number[] {
  const { comparisons } = analyse(unitsOf(sizes, clusterSize), { ...base, method, plannedUnits });
  return comparisons.map(({ figures }) => reachOf(figures!.alwaysValid!));
}
const reachOf = ({ difference: [value, low], standardError }: Compared): number => (value - low) / standardError;

const twoPeak: Method = { kind: 'sequential', mixture: 'two_peak' };
const sequence: Method = { kind: 'sequential', mixture: 'confidence_sequence' };
/** What the rules reach by their definition, with a share of the planned units seen. */
const byDefinition = {
  two_peak: (share: number) => criticalValue(twoPeakMixture(share), alpha),
  confidence_sequence: (share: number) => criticalValue(normalMixture(share * tunedRhoSquared(alpha, 1)), alpha),
};

const sizes = fc.array(fc.integer({ min: 40, max: 400 }), { minLength: 2, maxLength: 4 });
const planned = fc.integer({ min: 100, max: 20_000 });
const cluster = fc.option(fc.constantFrom(2, 3), { nil: undefined });

/** Whether a rule is tuned to the planned units: by what is seen of them, in every comparison, whatever the arms' sizes and clusters. */
const check = (method: Method, expected: (share: number) => number) =>
  fc.check(
    fc.property(sizes, planned, cluster, (given, plannedUnits, clusterSize) => {
      const seen = given.reduce((sum, size) => sum + size, 0) / plannedUnits;
      for (const reach of reaches(given, method, plannedUnits, clusterSize)) expect(reach).toBeCloseTo(expected(seen), 6);
    }),
    { seed: 17, numRuns: 60 },
  );

describe('planned_units', () => {
  it.each([
    ['two_peak', twoPeak],
    ['confidence_sequence', sequence],
  ] as const)('tune the %s of every comparison', (name, method) => {
    const { failed, errorInstance } = check(method, byDefinition[name]);
    if (failed) throw errorInstance as Error;
  });

  it('make the confidence sequence narrowest when they are reached', () => {
    const arms = [3_000, 3_000];
    const [atPlan] = reaches(arms, sequence, 6_000);
    for (const other of [1_000, 3_000, 12_000, 60_000]) expect(reaches(arms, sequence, other)[0]).toBeGreaterThan(atPlan!);
  });

  it('planted: a sequence tuned to 5,000 units whatever was planned is found', () => {
    const { failed } = check({ ...sequence, tunedUnits: 5_000 } as Method, byDefinition.confidence_sequence);
    expect(failed).toBe(true);
  });

  it('give way to units of a comparison that are named, so that figures can be checked against others’', () => {
    const [reach] = reaches([500, 700], { ...sequence, tunedUnits: 5_000 } as Method, 10_000);
    expect(reach).toBeCloseTo(criticalValue(normalMixture(1_200 * tunedRhoSquared(alpha, 5_000)), alpha), 9);
  });
});
