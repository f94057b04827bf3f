import { logGamma } from './special/log-gamma.ts';
import { checkSplit, defaultSplitAlarm, type SplitAlarmRule, type SplitCheck } from './srm.ts';

/** How a split that is looked at again and again is judged. */
export interface SplitWatch extends SplitAlarmRule {
  /** Units over all arms at the planned end, where the experiment has one. */
  readonly plannedUnits?: number;
}

/** What the looks so far came to. */
export interface SplitLooks {
  /** α that planned looks have used up. */
  readonly spent: number;
  /** Whether any look rang; an alarm stays. */
  readonly isAlarm: boolean;
  readonly looks: number;
  /** The last look's chi-squared test, as if it were the only one. */
  readonly last?: SplitCheck;
  /** ln of the e-value at the last look. */
  readonly logEvidence: number;
}

export const noLooks: SplitLooks = { spent: 0, isAlarm: false, looks: 0, logEvidence: 0 };

/** With a plan, this share of α goes to planned looks; the e-process keeps the rest, and all of it without a plan. ADR 17 has the figures. */
const PLANNED_SHARE = 0.9;
/** How late α is spent: a look at share t of the plan may have spent α t¹². */
const SPENDING_POWER = 12;
/** Units' worth of belief in the design that each bet has: the first sees an arm that is all but gone within hundreds of units, the second a per cent. */
const CONCENTRATIONS = [100, 10_000] as const;

/**
 * Looks at a split once more; over all looks together a healthy split rings with a chance of at most α. Two alarms share α: an
 * α-spending chi-squared test, sharp at the planned end (Lan and DeMets 1983; each look is tested at what it spends, a union bound), and an e-process that may be watched for ever (Lindon and Malek 2022).
 */
export function lookAtSplit(
  before: SplitLooks,
  counts: readonly number[],
  weights: readonly number[],
  watch: SplitWatch = defaultSplitAlarm,
): SplitLooks {
  const units = counts.reduce((sum, count, arm) => sum + (weights[arm]! > 0 ? count : 0), 0);
  const share = watch.plannedUnits === undefined ? 0 : units / watch.plannedUnits;
  const planned = watch.plannedUnits === undefined ? 0 : watch.alpha * PLANNED_SHARE;
  const spent = Math.max(before.spent, spendingAt(share, planned));
  const last = checkSplit(counts, weights, watch);
  const logEvidence = logSplitEvidence(counts, weights);
  const counted = units >= watch.minUnits && last.deviation >= watch.minDeviation;
  const rang = last.pValue <= spent - before.spent || logEvidence >= -Math.log(watch.alpha - planned);
  return { spent, isAlarm: before.isAlarm || (counted && rang), looks: before.looks + 1, last, logEvidence };
}

/** α spent when a share of the planned units is in, all of it from the plan's end on (the power family of Kim and DeMets 1987). */
const spendingAt = (share: number, alpha: number): number => alpha * Math.min(1, share) ** SPENDING_POWER;

/**
 * ln of the mean of Dirichlet-multinomial Bayes factors against the designed split (Lindon and Malek, NeurIPS 2022, eq. 5), one for each
 * concentration k: Γ(k) / Γ(k+n) · Π Γ(k w_i + n_i) / Γ(k w_i) / Π w_i^{n_i}. Under the design its chance of ever passing 1/α is at most α.
 */
export function logSplitEvidence(counts: readonly number[], weights: readonly number[]): number {
  const logs = CONCENTRATIONS.map((concentration) => logBayesFactor(counts, weights, concentration));
  const most = Math.max(...logs);
  return most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0) / logs.length);
}

function logBayesFactor(counts: readonly number[], weights: readonly number[], concentration: number): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let units = 0;
  let log = 0;
  for (const [arm, weight] of weights.entries()) {
    if (weight <= 0) continue;
    const share = weight / total;
    const count = counts[arm]!;
    units += count;
    log += logGamma(concentration * share + count) - logGamma(concentration * share) - count * Math.log(share);
  }
  return log + logGamma(concentration) - logGamma(concentration + units);
}
