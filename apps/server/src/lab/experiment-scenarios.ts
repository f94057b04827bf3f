import { defaultLabDesign, plannedUnitsPerArm, simulateAa } from '@tillcast/core/experiments/statistics/laboratory/aa';
import { plantedRho, simulateAb } from '@tillcast/core/experiments/statistics/laboratory/ab';
import { simulateSplit } from '@tillcast/core/experiments/statistics/laboratory/split-trial';
import { openRandom } from '@tillcast/core/simulation/random';
import { parseCount } from '../cli/train-flags.ts';
import type { LabFlags, LabScenario } from './scenario.ts';

const readRuns = ({ runs, seed }: LabFlags, fallback: number) => ({
  runs: runs === undefined ? fallback : parseCount('--runs', runs, 1, 1_000_000),
  seed: parseCount('--seed', seed, 0, 2 ** 32),
});

const design = () => ({
  looks: defaultLabDesign.looks,
  base: defaultLabDesign.base,
  units_per_arm: plannedUnitsPerArm(defaultLabDesign),
});

function runAa(flags: LabFlags): object {
  const { runs, seed } = readRuns(flags, 2_000);
  const { fixed, naivePeeking, sequential } = simulateAa(defaultLabDesign, runs, openRandom(seed));
  return {
    ...{ scenario: 'aa', runs, seed, ...design() },
    fixed_fpr: fixed,
    sequential_fpr: sequential.two_peak,
    naive_peeking_fpr: naivePeeking,
    sequential_fpr_by_rule: sequential,
  };
}

function runAb(flags: LabFlags): object {
  const { runs, seed } = readRuns(flags, 1_000);
  const result = simulateAb(defaultLabDesign, runs, openRandom(seed));
  const { two_peak: chosen } = result.sequential;
  return {
    ...{ scenario: 'ab', runs, seed, ...design(), lift: defaultLabDesign.lift },
    coverage: result.coverage,
    power: result.power,
    power_planned: result.powerPlanned,
    sequential_power: chosen!.power,
    sequential_power_at_twice: chosen!.powerAtTwice,
    sequential_power_by_rule: Object.fromEntries(
      Object.entries(result.sequential).map(([rule, { power, powerAtTwice }]) => [rule, { power, at_twice: powerAtTwice }]),
    ),
    cuped_variance_ratio: result.cuped.amounts,
    cuped_variance_ratio_planned: 1 - plantedRho ** 2,
    cuped_coverage: result.cuped.amountsCoverage,
    cuped_variance_ratio_conversion: result.cuped.conversion,
  };
}

function runSplit(flags: LabFlags): object {
  const { runs, seed } = readRuns(flags, 2_000);
  const random = openRandom(seed);
  const trial = (units: number, loss: number) => {
    const { sequential, fixed, naivePeeking } = simulateSplit(
      { runs, units, loss, looks: defaultLabDesign.looks },
      random.fork(`${units} ${loss}`),
    );
    return { units, loss, sequential, fixed, naive_peeking: naivePeeking };
  };
  return {
    ...{ scenario: 'srm', runs, seed, looks: defaultLabDesign.looks },
    healthy: [trial(200_000, 0), trial(1_000_000, 0)],
    caught: [trial(200_000, 0.03), trial(1_000_000, 0.01)],
  };
}

type Say = (text: string) => void;

const scenario = (name: string, description: string, simulate: (flags: LabFlags) => object): LabScenario => ({
  ...{ name, description },
  async run(flags, say: Say) {
    const result = simulate(flags);
    for (const [key, value] of Object.entries(result))
      say(`${key}: ${typeof value === 'object' ? JSON.stringify(value) : value}`);
    return result;
  },
});

/** Nothing differs: how often the rules find something. */
export const aaScenario = scenario('aa', 'aa: A/A tests, how often each rule finds what is not there', runAa);

/** A known effect: whether intervals hold it, and how often it is found. */
export const abScenario = scenario('ab', 'ab: a known effect, whether intervals hold it and how often it is found', runAb);

/** A split that loses units of an arm: how often that is noticed. */
export const srmScenario = scenario('srm', 'srm: an arm that loses units, how often it is noticed', runSplit);
