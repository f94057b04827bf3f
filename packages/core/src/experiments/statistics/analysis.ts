import type { Posterior } from './bayesian.ts';
import type { Compared, WithInterval } from './compare.ts';
import type { MetricPlan } from './plan.ts';
import type { SplitCheck } from './srm.ts';
import type { SplitLooks } from './srm-sequential.ts';

/** An arm as it was measured. */
export interface ArmResult {
  readonly name: string;
  /** Units that count. */
  readonly n: number;
  /** By metric; null = not measurable. */
  readonly means: Readonly<Record<string, number | null>>;
  /** The same with their 95 % intervals at one look, each arm by itself; null = not measurable, or nothing tells how far chance reaches. */
  readonly intervals: Readonly<Record<string, WithInterval | null>>;
}

/** The same comparison with less noise. */
export interface CupedResult {
  readonly compared: Compared;
  /** Variance of the difference, adjusted / raw. */
  readonly varianceRatio: number;
  readonly covariates: readonly string[];
}

/** One variant against control in one metric. */
export interface Comparison {
  readonly variant: string;
  readonly metric: MetricPlan;
  /** Why there are no figures. */
  readonly notMeasurable?: string;
  readonly figures?: Figures;
}

/** What a comparison came to. */
export interface Figures {
  /** One look, planned beforehand: unpooled Wald for proportions and quantiles, Welch for the rest. */
  readonly fixed: Compared;
  readonly alwaysValid?: Compared;
  readonly cuped?: CupedResult;
  readonly posterior?: Posterior;
  /** The one the rule decides by. */
  readonly decisive: Compared;
  /** Of the decisive p-value, over the variants of the metric. */
  readonly holm: number;
  /** Of the decisive p-value, over the metrics of the variant. */
  readonly falseDiscovery: number;
  /** Where a winsorised metric was capped. */
  readonly cap?: number;
}

/** The split, at once and as it was looked at daily. */
export interface SplitResult {
  readonly check: SplitCheck;
  readonly counts: readonly number[];
  readonly weights: readonly number[];
  /** Looked at at the end of each day of exposures. */
  readonly daily?: SplitLooks & { readonly firstAlarmDay?: number };
  readonly isAlarm: boolean;
}

/** What an experiment's units say as of a moment. */
export interface Analysis {
  readonly asOfMs?: number;
  readonly arms: readonly ArmResult[];
  readonly comparisons: readonly Comparison[];
  readonly split: SplitResult;
  /** Units left out: in two variants, repeated, held out, exposed after the moment, too young for their outcome. */
  readonly excluded: Readonly<Record<'crossover' | 'repeated' | 'holdout' | 'later' | 'immature', number>>;
  /** Units whose decision differed, and what share of all they are. */
  readonly triggered?: { readonly units: number; readonly share: number };
  /** From the first exposure to the last; absent without times. */
  readonly days?: number;
  readonly notes: readonly string[];
  readonly verdict: Verdict;
}

/** What to do. `not_yet` says how long. */
export type Action = 'ship' | 'stop' | 'not_yet';

/** What the registered rule decides, in words that a manager can act on; the text begins with "ship", "stop" or "not yet". */
export interface Verdict {
  readonly action: Action;
  readonly text: string;
  /** The variant to ship, where there is one. */
  readonly variant?: string;
  /** Further units over all arms until the rule can decide, of `not_yet`. */
  readonly unitsMore?: number;
  /** Further whole days at the pace so far, where exposures have times. */
  readonly daysMore?: number;
}
