import type { Random } from '../../../simulation/random.ts';
import { type Compared, compare } from '../compare.ts';
import { proportionEstimate } from '../estimate.ts';
import { type SequentialRule, sequentialTest } from '../sequential.ts';
import { waldTest } from '../two-sample-test.ts';
import { binomial } from './binomial.ts';

/** A two-armed experiment on conversion, looked at at the end of each day. */
export interface DailyDesign {
  readonly controlRate: number;
  readonly treatmentRate: number;
  /** At the planned end. */
  readonly unitsPerArm: number;
  /** Looks until the planned end, equally spaced. */
  readonly looks: number;
  readonly alpha: number;
  readonly rule: SequentialRule;
}

/** One look, by both tests. */
export interface Look {
  readonly fixed: Compared;
  readonly sequential: Compared;
}

/** Runs an experiment for `days` looks (beyond the planned end where there are more) and gives every look. */
export function runDaily(design: DailyDesign, days: number, random: Random): Look[] {
  const wald = waldTest(design.alpha);
  const always = sequentialTest(design.alpha, design.rule);
  let [units, control, treatment] = [0, 0, 0];
  return Array.from({ length: days }, (_, day) => {
    const added = Math.round((design.unitsPerArm * (day + 1)) / design.looks) - units;
    units += added;
    control += binomial(random, added, design.controlRate);
    treatment += binomial(random, added, design.treatmentRate);
    const [a, b] = [proportionEstimate(units, control), proportionEstimate(units, treatment)];
    return { fixed: compare(a, b, wald), sequential: compare(a, b, always) };
  });
}
