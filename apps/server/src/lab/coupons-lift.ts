import { compare } from '@tillcast/core/experiments/statistics/compare';
import { proportionEstimate } from '@tillcast/core/experiments/statistics/estimate';
import { defaultAssurance, proportionSpread, unitsNeeded } from '@tillcast/core/experiments/statistics/power';
import { waldTest } from '@tillcast/core/experiments/statistics/two-sample-test';
import { openRandom } from '@tillcast/core/simulation/random';
import type { CouponScenario } from '@tillcast/core/simulation/treatments-scenario';
import { type Observed, runExperiment } from './coupons-shop.ts';

/** The planted lift beside what the experiment says of it. Relative, on the chance to buy. */
export interface LiftFound {
  readonly trueLift: number;
  /** [value, low, high], 95 %; all NaN where nobody of the control arm bought. */
  readonly estimated: readonly [number, number, number];
  /** Shoppers the plan asks for: 80 % power for the scenario's planned lift at the base rate known before. */
  readonly planned: number;
  /** Whether the experiment was as large as planned; else no verdict follows from it, whatever its interval says. */
  readonly isMeasurable: boolean;
}

/** Everything a run of one seed draws comes from here. */
export const randomOf = (seed: number) => openRandom(`coupons/${seed}`);

/** Experiments of `runs` seeds from `seed` on whose 95 % interval holds the planted lift. */
export function countCovered(scenario: CouponScenario, shoppers: number, seed: number, runs: number): number {
  let covered = 0;
  for (let run = 0; run < runs; run++) {
    const observed = runExperiment(scenario, shoppers, randomOf(seed + run).fork('experiment'));
    const [, low, high] = estimateLift(observed);
    const planted = plantedLift(observed);
    if (low <= planted && planted <= high) covered++;
  }
  return covered;
}

/** Compares the arms of an experiment whose size was planned from the base rate known before it began. */
export function findLift(scenario: CouponScenario, observed: Observed, baseRate: number): LiftFound {
  const ratio = scenario.treatedShare / (1 - scenario.treatedShare);
  const spread = proportionSpread(baseRate, scenario.plannedLift, ratio);
  const planned = Math.ceil(unitsNeeded(baseRate * scenario.plannedLift, spread, defaultAssurance) * (1 + ratio));
  return {
    ...{ trueLift: plantedLift(observed), estimated: estimateLift(observed) },
    ...{ planned, isMeasurable: observed.shoppers.count >= planned },
  };
}

function estimateLift({ experiment: { treated, bought } }: Observed): LiftFound['estimated'] {
  const arm = (one: number) => proportionEstimate(...countArm(treated, bought, one));
  return compare(arm(0), arm(1), waldTest(0.05)).relativeLift ?? [Number.NaN, Number.NaN, Number.NaN];
}

const plantedLift = ({ shoppers }: Observed): number => sumOf(shoppers.treated) / sumOf(shoppers.untreated) - 1;

function countArm(treated: Uint8Array, bought: Uint8Array, arm: number): [n: number, positives: number] {
  let [n, positives] = [0, 0];
  for (let i = 0; i < treated.length; i++) {
    if (treated[i] !== arm) continue;
    n++;
    positives += bought[i]!;
  }
  return [n, positives];
}

const sumOf = (values: Float64Array): number => values.reduce((sum, one) => sum + one, 0);
