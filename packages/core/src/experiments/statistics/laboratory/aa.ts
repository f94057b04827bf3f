import type { Random } from '../../../simulation/random.ts';
import { defaultAssurance, proportionSpread, unitsNeeded } from '../power.ts';
import type { SequentialRule } from '../sequential.ts';
import { type DailyDesign, runDaily } from './daily-test.ts';

/** The experiment that the laboratory simulates. */
export interface LabDesign {
  /** Conversion rate of control. */
  readonly base: number;
  /** Relative lift that it is planned to see. */
  readonly lift: number;
  readonly looks: number;
}

export const defaultLabDesign: LabDesign = { base: 0.03, lift: 0.15, looks: 14 };

/** Units per arm at which the fixed test sees the planned lift with 80 % power. */
export const plannedUnitsPerArm = ({ base, lift }: LabDesign): number =>
  Math.ceil(unitsNeeded(base * lift, proportionSpread(base, lift), defaultAssurance));

/** The sequential rules that the laboratory compares, tuned to the planned end. */
export const labRules = (design: LabDesign): Readonly<Record<'two_peak' | 'confidence_sequence' | 'msprt', SequentialRule>> => ({
  two_peak: { kind: 'two_peak', plannedUnits: 2 * plannedUnitsPerArm(design) },
  confidence_sequence: { kind: 'confidence_sequence', tunedUnits: 2 * plannedUnitsPerArm(design) },
  msprt: { kind: 'msprt', tau: design.base * design.lift },
});

/** The daily experiment of a laboratory design; `lift` overrides the true one. */
export const dailyDesign = (design: LabDesign, lift: number, rule: SequentialRule): DailyDesign => ({
  controlRate: design.base,
  treatmentRate: design.base * (1 + lift),
  unitsPerArm: plannedUnitsPerArm(design),
  looks: design.looks,
  alpha: defaultAssurance.alpha,
  rule,
});

/** Shares of experiments in which something was found though nothing was there. */
export interface AaResult {
  readonly runs: number;
  readonly fixed: number;
  readonly naivePeeking: number;
  /** By rule, looked at every day. */
  readonly sequential: Readonly<Record<string, number>>;
}

/** Simulates A/A tests: both arms convert alike. */
export function simulateAa(design: LabDesign, runs: number, random: Random): AaResult {
  const rules = Object.entries(labRules(design));
  const wrong = { fixed: 0, naivePeeking: 0, ...Object.fromEntries(rules.map(([name]) => [name, 0])) } as Record<string, number>;
  const { alpha } = defaultAssurance;
  for (let run = 0; run < runs; run++) {
    for (const [at, [name, rule]] of rules.entries()) {
      // The same draws for every rule.
      const looks = runDaily(dailyDesign(design, 0, rule), design.looks, random.fork(`aa ${run}`));
      if (looks.some(({ sequential }) => sequential.pValue <= alpha)) wrong[name]!++;
      if (at > 0) continue;
      if (looks.at(-1)!.fixed.pValue <= alpha) wrong.fixed!++;
      if (looks.some(({ fixed }) => fixed.pValue <= alpha)) wrong.naivePeeking!++;
    }
  }
  const share = (name: string): number => wrong[name]! / runs;
  return {
    runs,
    fixed: share('fixed'),
    naivePeeking: share('naivePeeking'),
    sequential: Object.fromEntries(rules.map(([name]) => [name, share(name)])),
  };
}
