import { checkSplit } from '../../experiments/statistics/srm.ts';

/** How units fell over the two sides in one stratum, and how they were meant to. */
export interface SideCounts {
  readonly treated: number;
  readonly reference: number;
  /** Chance of a unit of either side to be treated, as designed; undefined = cannot be told. */
  readonly treatedShare: number | undefined;
}

/** Units that were found on both sides are a leak: from this share of the smaller side on nothing is believed. */
const MOST_CROSSED = 0.01;
/** A few may log in on two devices. */
const FEW_CROSSED = 5;

/** Why the two sides cannot be believed: the reference was treated, or units are lost. Undefined = nothing speaks against them. */
export function whyNotRandom(strata: readonly SideCounts[], crossed: number): string | undefined {
  const treated = strata.reduce((sum, one) => sum + one.treated, 0);
  const reference = strata.reduce((sum, one) => sum + one.reference, 0);
  const smaller = Math.min(treated, reference) + crossed;
  if (crossed > FEW_CROSSED && crossed > MOST_CROSSED * smaller)
    return `not measurable: ${crossed} of ${smaller} units of the smaller side were on the other side too, so the holdout leaks into the treatment. Find who treats units that are held out`;
  const designed = strata.filter((one) => one.treatedShare !== undefined);
  const expected = designed.reduce((sum, one) => sum + one.treatedShare! * (one.treated + one.reference), 0);
  const all = designed.reduce((sum, one) => sum + one.treated + one.reference, 0);
  const seen = designed.reduce((sum, one) => sum + one.treated, 0);
  const { isAlarm } = checkSplit([seen, all - seen], [expected, all - expected]);
  if (!isAlarm) return undefined;
  const share = (part: number): string => `${((100 * part) / all).toFixed(1)} %`;
  return `not measurable: the split is wrong: ${share(seen)} of the units were treated where ${share(expected)} was designed, which is no chance. Units are lost, counted twice, or treated although held out`;
}
