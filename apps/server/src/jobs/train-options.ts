import type { EvaluationReport } from '@tillcast/core/learning/evaluation-report';
import type { EventLog } from '@tillcast/core/ports/event-log';
import type { ModelRegistry } from '@tillcast/core/ports/model-registry';
import type { BundleManifest, Target } from '@tillcast/core/scoring/bundle';
import type { Parity } from '@tillcast/core/scoring/bundle/golden-gate';
import type { MemberName } from '@tillcast/core/scoring/ensemble';
import type { DataDir } from '../cli/data-dir.ts';
import type { ProgressLine } from './run-trainer.ts';
import type { ServedLatency } from './served-latency.ts';

/** 100 µs of one core of the reference machine; docs/adr/0010-latency-budget.md says why. */
export const DEFAULT_LATENCY_BUDGET_UNITS = 100_000;

/** What a training needs from outside, and what it is asked to do. */
export interface TrainingOptions {
  readonly data: DataDir;
  readonly log: EventLog;
  readonly registry: ModelRegistry;
  /** Default `item`. */
  readonly target?: Target;
  /** Default 24 hours. */
  readonly horizonMs?: number;
  /** Events from this moment on are left out; default: all there are. */
  readonly untilMs?: number;
  /** The shop's time zone; default UTC. */
  readonly timeZone?: string;
  /** Search trials a member; default 50. 0 = careful defaults. */
  readonly trials?: number;
  /** Wall-clock bound of the whole search; makes the result irreproducible. Default none. */
  readonly budgetSeconds?: number;
  readonly seed?: number;
  readonly threads?: number;
  readonly members?: readonly MemberName[];
  readonly objective?: 'log_loss' | 'roc_auc';
  /** Upper bound on every member's number of trees. */
  readonly maxTrees?: number;
  /** Cost units a row (nanoseconds on the reference machine) for score and SHAP of the whole ensemble; null: no bound. Default DEFAULT_LATENCY_BUDGET_UNITS. */
  readonly latencyBudgetUnits?: number | null;
  readonly onProgress?: (progress: TrainingProgress) => void;
  readonly signal?: AbortSignal;
  /** Redraws of the bootstrap behind every interval; default 1,000. */
  readonly replicates?: number;
  /** The moment of the run; default the clock. */
  readonly now?: () => number;
}

/** The stages of a training, in order. */
export const stages = ['dataset', 'search', 'blend', 'evaluate', 'refit', 'bundle'] as const;

/** Where a training stands. */
export interface TrainingProgress {
  readonly stage: (typeof stages)[number];
  /** One line for people. */
  readonly text: string;
  /** Share of the stage done, where it is known. */
  readonly share?: number;
  /** What the trainer said, in the stages `search` and `refit`. */
  readonly line?: ProgressLine;
}

/** What came of a training. */
export interface TrainingOutcome {
  readonly manifest: BundleManifest;
  /** Whether the version is champion now. */
  readonly promoted: boolean;
  /** Why it was promoted, or why not. */
  readonly reasons: readonly string[];
  readonly report: EvaluationReport;
  readonly parity: Parity;
  readonly latency: ServedLatency;
  /** The run's folder: dataset, evaluated members, report. */
  readonly run: string;
  readonly seconds: number;
}
