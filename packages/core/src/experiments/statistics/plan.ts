import type { Prior } from './bayesian.ts';
import type { ColumnKind } from './moments.ts';
import type { Assurance } from './power.ts';
import type { SplitAlarmRule } from './srm.ts';

/** What a metric is for: `primary` decides; `guardrail` can stop; `secondary` informs; `shown` is the model's own word and never decides. */
export type MetricRole = 'primary' | 'guardrail' | 'secondary' | 'shown';

/** How a metric is computed of the units' columns. */
export type MetricShape =
  | {
      readonly kind: ColumnKind;
      readonly column: string;
      readonly cap?: { readonly level: number; readonly isPositiveOnly: boolean };
    }
  | { readonly kind: 'ratio'; readonly numerator: string; readonly denominator: string }
  | { readonly kind: 'quantile'; readonly column: string; readonly level: number };

/** A metric, as registered before the experiment. */
export interface MetricPlan {
  readonly name: string;
  readonly role: MetricRole;
  readonly better: 'higher' | 'lower';
  /** Of a guardrail: the change for the worse that is borne, relative to the control's mean, in [0, 1]; absent = none. */
  readonly maxDrop?: number;
  readonly shape: MetricShape;
}

/** How the primary metric's test may be looked at. */
export type Method =
  | { readonly kind: 'fixed' }
  | { readonly kind: 'sequential'; readonly mixture: 'two_peak' }
  /** Narrowest at `tunedUnits` over both arms of a comparison; absent: at the planned units. */
  | { readonly kind: 'sequential'; readonly mixture: 'confidence_sequence'; readonly tunedUnits?: number }
  | { readonly kind: 'sequential'; readonly mixture: 'msprt'; readonly tau: number };

/** What is compared, how, and by which rule it is decided: registered before the data are seen. */
export interface AnalysisPlan {
  readonly metrics: readonly MetricPlan[];
  /** Columns known before the exposure, for CUPED. */
  readonly covariates: readonly string[];
  readonly method: Method;
  readonly assurance: Assurance;
  /** Designed weight of each variant; absent = equal. */
  readonly weights?: Readonly<Record<string, number>>;
  /** Units over all arms at which the experiment is to end. */
  readonly plannedUnits?: number;
  /** Smallest relative lift worth knowing. */
  readonly minimumLift: number;
  /** Whole days before which nothing is shipped. */
  readonly minimumDays: number;
  /** How long after its exposure a unit's outcomes count; younger units wait. */
  readonly maturityMs: number;
  /** Whether the CUPED figures decide, where there are any. */
  readonly isDecidedByCuped: boolean;
  /** Variants are models, and whether anything a shopper can notice follows from the score. Absent = variants are treatments. */
  readonly models?: { readonly hasAction: boolean };
  /** Column that is 1 where the variants' decisions differ for the unit: only those can differ in outcome. */
  readonly triggerColumn?: string;
  readonly split: SplitAlarmRule;
  /** Belief about the relative lift before the data. */
  readonly prior?: Prior;
}
