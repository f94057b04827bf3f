import type { Entry, EvaluationReport } from '@tillcast/core/learning/evaluation-report';
import type { LatencyReport } from '@tillcast/core/learning/latency-report';
import type { Interval } from '@tillcast/core/learning/metric';

const shown = ({ value, low, high }: Interval, digits: number): string => {
  if (!Number.isFinite(value)) return 'unknown';
  const range = Number.isFinite(low) ? ` [${low.toFixed(digits)}, ${high.toFixed(digits)}]` : ' [unknown]';
  return `${value.toFixed(digits)}${range}`;
};

const columns = ['log loss', 'ROC AUC', 'PR AUC', 'ECE', 'lift at 5 %'] as const;

const cells = ({ metrics }: Entry): readonly string[] => [
  shown(metrics.logLoss, 5),
  shown(metrics.rocAuc, 3),
  shown(metrics.prAuc, 3),
  shown(metrics.ece, 4),
  shown(metrics.liftAt5, 1),
];

function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The leaderboard as a table for a terminal: every figure with its 95 % interval, by shopper. */
export function boardText(report: EvaluationReport): string {
  const line = (entry: Entry, note = ''): readonly string[] => [`${entry.name}${note}`, ...cells(entry)];
  const test = report.windows.test!;
  const chosen = report.blends.find(({ name }) => name === report.chosen)!;
  const rows = [
    ['', ...columns],
    ...report.blends.map((entry) => line(entry, entry.name === report.chosen ? ' (served)' : ' (blend)')),
    ...report.members.map((entry) => line(entry)),
    ...report.baselines.map((entry) => line(entry, ' (baseline)')),
  ];
  const fitted =
    report.fittedOn === 'out_of_fold' ? 'out-of-fold scores of the training window (few positives)' : 'a window of their own';
  const { constant, bestMember } = chosen.logLossAgainst;
  return [
    `Later window, not seen before: ${test.rows} rows, ${test.positives} positives, ${test.shoppers} shoppers. Blends were fitted on ${fitted}.`,
    tableOf(rows),
    `Paired differences of log loss (below 0 = the served blend is better): against the best constant ${shown(constant, 5)}, against ${report.bestMember} ${shown(bestMember, 5)}.`,
    'Brackets: 95 % intervals, shoppers redrawn. The figures are those of the evaluated twin; the served model is refitted on all rows.',
  ].join('\n');
}

const micros = (units: number): string => `${(units / 1_000).toFixed(1)} µs`;

/** The front of latency budgets against log loss, as a table for a terminal. */
export function latencyText({ front, budgetUnits }: LatencyReport): string {
  const lines = front.map((point) => [
    point.budgetUnits === null ? 'none' : `${micros(point.budgetUnits)}${point.budgetUnits === budgetUnits ? ' *' : ''}`,
    micros(point.units),
    shown(point.logLoss, 5),
    shown(point.difference, 5),
  ]);
  return [
    'What other latency budgets would have given (score and reasons of one row, one core of the reference machine):',
    tableOf([['budget', 'cost', 'log loss', 'against the whole ensemble'], ...lines]),
  ].join('\n');
}

/** Prints the leaderboard on stdout. */
export const printBoard = (report: EvaluationReport): void => void process.stdout.write(`${boardText(report)}\n`);
