import type { MemberName } from '../scoring/ensemble.ts';
import type { Interval } from './metric.ts';

/** A member as an ensemble takes it. */
export interface MemberAtSize {
  readonly name: MemberName;
  readonly trees: number;
  /** Leaves a tree, at most; absent: as they were grown. */
  readonly leaves?: number;
  /** Score and SHAP of one row, in cost units. */
  readonly units: number;
}

/** The best ensemble that was found within a budget, as plain JSON. */
export interface FrontPoint {
  /** Cost units; null: the whole ensemble, whatever it costs. */
  readonly budgetUnits: number | null;
  readonly units: number;
  readonly members: readonly MemberAtSize[];
  /** Mean Kullback–Leibler divergence from the whole ensemble on the rows that choose, in nats a row; never rises with the budget. */
  readonly divergence: number;
  /** On the test window. */
  readonly logLoss: Interval;
  /** Log loss minus that of the whole ensemble on the same rows: above zero is the price of the budget. */
  readonly difference: Interval;
}

/** What latency costs: the evaluated ensemble, and the front of budgets against log loss. */
export interface LatencyReport {
  /** Cost units a row for score and SHAP of the whole ensemble; null: none was set. */
  readonly budgetUnits: number | null;
  /** The evaluated ensemble. */
  readonly units: number;
  readonly members: readonly MemberAtSize[];
  /** Tightest budget first, the whole ensemble last; budgets too tight for any member are left out. */
  readonly front: readonly FrontPoint[];
}

/** The budgets that every front shows, in cost units. */
export const shownBudgets: readonly number[] = [25_000, 50_000, 100_000, 200_000, 500_000, 1_000_000];
