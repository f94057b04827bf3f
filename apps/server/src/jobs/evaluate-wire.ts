import { formatDuration } from '@tillcast/core/learning/duration';
import type { Entry, EvaluationReport } from '@tillcast/core/learning/evaluation-report';
import type { LatencyReport, MemberAtSize } from '@tillcast/core/learning/latency-report';
import type { Interval, MetricName } from '@tillcast/core/learning/metric';
import type { SplitInfo } from './read-table.ts';

/** A figure and its 95 % interval as `--json` prints it; null where it cannot be told. */
export type Triple = readonly [value: number | null, low: number | null, high: number | null];

const known = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** An interval as a triple. */
export const triple = ({ value, low, high }: Interval): Triple => [known(value), known(low), known(high)];

const wireNames: Readonly<Record<MetricName, string>> = {
  logLoss: 'log_loss',
  brier: 'brier',
  rocAuc: 'roc_auc',
  prAuc: 'pr_auc',
  ece: 'ece',
  liftAt1: 'lift_at_1',
  liftAt5: 'lift_at_5',
  liftAt10: 'lift_at_10',
  calibrationSlope: 'calibration_slope',
  calibrationIntercept: 'calibration_intercept',
};

/** The figures of one line of the leaderboard, by their wire names. */
export const wireMetrics = ({ metrics }: Entry): Readonly<Record<string, Triple>> =>
  Object.fromEntries(Object.entries(metrics).map(([name, interval]) => [wireNames[name as MetricName], triple(interval)]));

const byName = (entries: readonly Entry[]) => Object.fromEntries(entries.map((entry) => [entry.name, wireMetrics(entry)]));

const chosenOf = (report: EvaluationReport): Entry => report.blends.find((entry) => entry.name === report.chosen)!;

/** The constant of the lowest log loss: what a forecaster who knows only the base rate achieves. */
const constantOf = ({ baselines }: EvaluationReport): Entry =>
  baselines
    .filter(({ name }) => name.startsWith('base_rate'))
    .reduce((best, entry) => (entry.metrics.logLoss.value < best.metrics.logLoss.value ? entry : best));

/** An evaluation as `tillcast evaluate --json` prints it and a manifest keeps it. */
export function wireReport(report: EvaluationReport) {
  const chosen = chosenOf(report);
  const constant = constantOf(report);
  return {
    fitted_on: report.fittedOn,
    rows: report.windows.test?.rows ?? 0,
    positives: report.windows.test?.positives ?? 0,
    shoppers: report.windows.test?.shoppers ?? 0,
    ensemble: { name: chosen.name, ...wireMetrics(chosen) },
    constant: { name: constant.name, ...wireMetrics(constant) },
    members: byName(report.members),
    blends: byName(report.blends),
    baselines: byName(report.baselines),
    paired: {
      vs_constant: { name: constant.name, log_loss: triple(chosen.logLossAgainst.constant) },
      vs_best_member: { name: report.bestMember, log_loss: triple(chosen.logLossAgainst.bestMember) },
    },
    beats_baselines: report.beatsBaselines.promoted,
    reasons: report.beatsBaselines.reasons,
    ...(report.latency === undefined ? {} : { latency: wireLatency(report.latency) }),
  };
}

/** The front as `--json` prints it; budgets and costs in cost units, about nanoseconds of one core of the reference machine. */
const wireLatency = ({ budgetUnits, units, members, front }: LatencyReport) => ({
  budget_units: budgetUnits,
  units,
  members: sizesByName(members),
  front: front.map((point) => ({
    budget_units: point.budgetUnits,
    units: point.units,
    log_loss: triple(point.logLoss),
    vs_whole: triple(point.difference),
    members: sizesByName(point.members),
  })),
});

const sizesByName = (members: readonly MemberAtSize[]) =>
  Object.fromEntries(members.map(({ name, trees, leaves = null, units }) => [name, { trees, leaves, units }]));

/** The test window of a run, for people and for `--json`. */
export const wireWindow = (horizonMs: number, test: SplitInfo | undefined) => ({
  horizon: formatDuration(horizonMs),
  window: { from: instant(test?.fromMs), until: instant(test?.untilMs) },
});

const instant = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());
