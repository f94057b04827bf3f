import type { Expression } from '../decisions/rules/expression.ts';
import type { Target } from '../scoring/bundle.ts';
import type { MemberName } from '../scoring/ensemble.ts';
import type { Metric, RealisedMetric } from './metrics.ts';

/** What is assigned: a device (default), a shopper, or a session. */
export const unitKinds = ['device', 'shopper', 'session'] as const;
export type UnitKind = (typeof unitKinds)[number];

/** Which model a variant answers with: a version or alias, whole or one member of it. */
export interface ModelChoice {
  /** A version, or `champion`, `challenger`, `shadow`. */
  readonly version: string;
  /** Absent: the whole ensemble. */
  readonly member?: MemberName;
}

/** What a variant does to a shopper: named here, done by whoever shows it. */
export const treatmentKinds = ['insights', 'offer', 'message'] as const;
export interface Treatment {
  readonly kind: (typeof treatmentKinds)[number];
  readonly id: string;
}

/** One arm. Without model and treatment it is a name that the shop's own code acts upon. */
export interface Variant {
  readonly name: string;
  readonly model?: ModelChoice;
  readonly treatment?: Treatment;
}

/** A slice [from, to) of a layer: units outside it are left to the other experiments of the layer. */
export interface LayerSlice {
  readonly layer: string;
  readonly from: number;
  readonly to: number;
}

/** Units kept out of every experiment that names the same holdout, so that the sum of all of them can be measured. */
export interface Holdout {
  readonly name: string;
  readonly share: number;
}

/** A realised metric that must not fall: once it is proven to have fallen by more than `maxDrop` of the control's mean, a variant is stopped (`guardrailStand`). */
export interface Guardrail {
  readonly metric: RealisedMetric;
  /** The fall that is borne, relative to the control's mean, in (0, 1]. */
  readonly maxDrop: number;
}

/** How traffic is given to the variants. */
export type Allocation =
  | { readonly kind: 'fixed' }
  /** Safe rollout: the treated share climbs step by step; control gets as much. */
  | { readonly kind: 'rollout'; readonly steps: readonly number[]; readonly stepMs: number }
  /** Thompson sampling over mature units. */
  | { readonly kind: 'thompson'; readonly everyMs: number; readonly minShare: number };

/** An experiment, understood; `parseExperiment` makes it of what is sent. */
export interface Experiment {
  readonly id: string;
  readonly description?: string;
  readonly variants: readonly Variant[];
  /** Name of the variant that the others are compared with. */
  readonly control: string;
  /** Parallel to `variants`; they add up to 1. */
  readonly weights: readonly number[];
  readonly unit: UnitKind;
  readonly salt: string;
  /** Share of the units that take part, in (0, 1]. */
  readonly exposureShare: number;
  /** Who takes part; absent = everybody. */
  readonly targeting?: Expression;
  /** All of them must hold the unit. */
  readonly layers: readonly LayerSlice[];
  readonly holdout?: Holdout;
  readonly startAtMs?: number;
  readonly stopAtMs?: number;
  /** Whose model the variants replace; absent = the first of item, session that has a champion. */
  readonly target?: Target;
  /** As asked for; shown even where it can decide nothing. */
  readonly primaryMetric: Metric;
  /** What decides: realised, per exposed unit. */
  readonly decisionMetric: RealisedMetric;
  readonly guardrails: readonly Guardrail[];
  readonly minimumRun: { readonly days: number; readonly unitsPerVariant: number };
  /** How long after its exposure a unit's outcomes count; absent = the horizon of the model. */
  readonly maturityMs?: number;
  readonly allocation: Allocation;
  /** Rules of analysis, handed to the statistics as they were registered. */
  readonly analysis: Readonly<Record<string, unknown>>;
}
