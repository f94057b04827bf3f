import type { Random } from '../../../simulation/random.ts';
import { defaultAssurance, powerAt, proportionSpread } from '../power.ts';
import { dailyDesign, type LabDesign, labRules, plannedUnitsPerArm } from './aa.ts';
import { cupedOnAmounts, cupedOnConversion } from './cuped-trial.ts';
import { runDaily } from './daily-test.ts';

/** What became of experiments whose effect is known. */
export interface AbResult {
  readonly runs: number;
  /** Share of 95 % intervals that hold the true difference. */
  readonly coverage: number;
  /** Share of experiments in which the fixed test found the effect at the planned end. */
  readonly power: number;
  /** As computed beforehand. */
  readonly powerPlanned: number;
  /** By rule, looked at daily: found by the planned end, and by twice of it. */
  readonly sequential: Readonly<Record<string, { readonly power: number; readonly powerAtTwice: number }>>;
  /** Variance of the difference, adjusted / raw: of amounts with the planted correlation, and of conversion by an intent score. */
  readonly cuped: { readonly amounts: number; readonly amountsCoverage: number; readonly conversion: number };
}

/** Correlation of the outcome with what was known before the exposure. */
export const plantedRho = 0.6;
const unitsOfAmounts = 1_000;
const conversionRuns = 200;

/** Simulates experiments in which the planned lift is there. */
export function simulateAb(design: LabDesign, runs: number, random: Random): AbResult {
  const { alpha } = defaultAssurance;
  const difference = design.base * design.lift;
  const rules = Object.entries(labRules(design));
  const found = rules.map(() => ({ planned: 0, twice: 0 }));
  let [covered, seen] = [0, 0];
  for (let run = 0; run < runs; run++) {
    for (const [at, [, rule]] of rules.entries()) {
      const looks = runDaily(dailyDesign(design, design.lift, rule), 2 * design.looks, random.fork(`ab ${run}`));
      const first = looks.findIndex(({ sequential }) => sequential.pValue <= alpha);
      if (first >= 0) found[at]!.twice++;
      if (first >= 0 && first < design.looks) found[at]!.planned++;
      if (at > 0) continue;
      const { fixed } = looks[design.looks - 1]!;
      if (fixed.difference[1] <= difference && difference <= fixed.difference[2]) covered++;
      if (fixed.pValue <= alpha) seen++;
    }
  }
  const amounts = cupedOnAmounts(
    { runs, unitsPerArm: unitsOfAmounts, rho: plantedRho, lift: design.lift },
    random.fork('amounts'),
  );
  const conversion = cupedOnConversion(
    { runs: Math.min(runs, conversionRuns), unitsPerArm: plannedUnitsPerArm(design), base: design.base, lift: design.lift },
    random.fork('conversion'),
  );
  return {
    runs,
    coverage: covered / runs,
    power: seen / runs,
    powerPlanned: powerAt(plannedUnitsPerArm(design), difference, proportionSpread(design.base, design.lift), alpha),
    sequential: Object.fromEntries(
      rules.map(([name], at) => [name, { power: found[at]!.planned / runs, powerAtTwice: found[at]!.twice / runs }]),
    ),
    cuped: { amounts: amounts.varianceRatio, amountsCoverage: amounts.coverage, conversion },
  };
}
