import type { Blend, MemberName } from '../scoring/ensemble.ts';
import type { LatencyReport } from './latency-report.ts';
import type { Interval, MetricName } from './metric.ts';
import type { ReliabilityBin } from './reliability.ts';

/** What `leaderboard` found, as plain JSON; a figure that cannot be told is NaN in memory and null in JSON. */
export interface EvaluationReport {
  readonly schema: 1;
  /** Where blend and calibration were learnt: on a window of their own, or on out-of-fold scores of the training window. */
  readonly fittedOn: 'blend_window' | 'out_of_fold';
  readonly windows: Readonly<Record<string, WindowFacts>>;
  readonly replicates: number;
  readonly members: readonly MemberEntry[];
  readonly blends: readonly BlendEntry[];
  readonly baselines: readonly Entry[];
  /** The blend that is served: the best on the `validate` window, `log_odds` where there is none. */
  readonly chosen: string;
  /** The member of the lowest log loss on the test window, calibrated alone. */
  readonly bestMember: string;
  /** Of the chosen blend, on the test window. */
  readonly reliability: readonly ReliabilityBin[];
  readonly slices: readonly Slice[];
  readonly slicesLeftOut: readonly {
    readonly by: SliceKey;
    readonly name: string;
    readonly rows: number;
    readonly positives: number;
  }[];
  readonly beatsBaselines: Verdict;
  /** What the served ensemble costs a row, and what other budgets would have given; absent in evaluations of one size a member. */
  readonly latency?: LatencyReport;
}

export interface WindowFacts {
  readonly rows: number;
  readonly positives: number;
  readonly shoppers: number;
}

/** One line of the leaderboard: figures on the test window, with 95 % intervals by shopper. */
export interface Entry {
  readonly name: string;
  readonly metrics: Readonly<Record<MetricName, Interval>>;
  /** Log loss of this minus that of the best constant and of the best member: below zero is better. */
  readonly logLossAgainst: { readonly constant: Interval; readonly bestMember: Interval };
}

export interface MemberEntry extends Entry {
  readonly name: MemberName;
  /** As the library gives it, uncalibrated (the forest shrunk by 1e-4 so that it has a finite loss). */
  readonly raw: { readonly logLoss: number; readonly brier: number; readonly ece: number };
}

export interface BlendEntry extends Entry {
  readonly blend: Blend;
  /** Log loss on the window that picks between blends; NaN where there is none. */
  readonly validateLogLoss: number;
}

export type SliceKey = 'category' | 'shopper' | 'rung';

/** The chosen blend on a part of the test window. */
export interface Slice extends WindowFacts {
  readonly by: SliceKey;
  readonly name: string;
  readonly predicted: number;
  readonly observed: readonly [number, number, number];
  readonly logLoss: Interval;
  readonly rocAuc: Interval;
}

/** Whether the chosen blend may be promoted, and every rule that was asked. */
export interface Verdict {
  readonly promoted: boolean;
  readonly reasons: readonly string[];
}
