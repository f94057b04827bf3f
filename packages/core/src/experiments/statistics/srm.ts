import { chiSquaredUpper } from './special/chi-squared.ts';

/** When a wrong split is told. */
export interface SplitAlarmRule {
  readonly alpha: number;
  /** Fewer units over all arms never ring. */
  readonly minUnits: number;
  /** Smallest relative deviation of an arm's share from its designed one that rings: at a huge n, trifles are significant. */
  readonly minDeviation: number;
}

/** α = .001; from 100 units; an arm's share off by 0.1 % of itself. */
export const defaultSplitAlarm: SplitAlarmRule = { alpha: 0.001, minUnits: 100, minDeviation: 0.001 };

/** Whether units fell into the arms as designed. */
export interface SplitCheck {
  readonly pValue: number;
  readonly isAlarm: boolean;
  /** Largest |observed share / designed share − 1| over the arms. */
  readonly deviation: number;
}

/**
 * Sample ratio mismatch: Pearson's chi-squared of the arms' counts against the designed weights (Fabijan et al., KDD 2019). Holdouts are no arm:
 * leave them out of both lists. Valid for one look; `lookAtSplit` for many. Arms of weight 0 do not count.
 */
export function checkSplit(
  counts: readonly number[],
  weights: readonly number[],
  rule: SplitAlarmRule = defaultSplitAlarm,
): SplitCheck {
  const arms = weights.flatMap((weight, arm) => (weight > 0 ? [{ weight, count: counts[arm]! }] : []));
  const units = arms.reduce((sum, { count }) => sum + count, 0);
  const total = arms.reduce((sum, { weight }) => sum + weight, 0);
  if (units === 0 || arms.length < 2) return { pValue: 1, isAlarm: false, deviation: 0 };
  let statistic = 0;
  let deviation = 0;
  for (const { weight, count } of arms) {
    const expected = (weight / total) * units;
    statistic += (count - expected) ** 2 / expected;
    deviation = Math.max(deviation, Math.abs(count / expected - 1));
  }
  const pValue = chiSquaredUpper(statistic, arms.length - 1);
  const isAlarm = pValue < rule.alpha && units >= rule.minUnits && deviation >= rule.minDeviation;
  return { pValue, isAlarm, deviation };
}
