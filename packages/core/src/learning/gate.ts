import { isNotWorse } from './bootstrap.ts';
import type { Verdict } from './evaluation-report.ts';
import type { Interval } from './metric.ts';

/** How the ensemble's log loss compares with one baseline's: ensemble minus baseline, paired. */
export interface Comparison {
  readonly baseline: string;
  readonly baselineLogLoss: number;
  readonly difference: Interval;
}

/**
 * An ensemble is promoted only if its log loss on the test window is below every baseline's, and no paired interval of the difference lies
 * wholly on the worse side. Every rule is told, passed or not.
 */
export function judge(ensembleLogLoss: number, comparisons: readonly Comparison[]): Verdict {
  const rules = comparisons.map(({ baseline, baselineLogLoss, difference }) => ({
    passes: ensembleLogLoss < baselineLogLoss && isNotWorse('logLoss', difference),
    text:
      `log loss ${ensembleLogLoss.toFixed(5)} against ${baselineLogLoss.toFixed(5)} of ${baseline}: ` +
      `difference ${signed(difference.value)}, 95 % interval ${signed(difference.low)} to ${signed(difference.high)}`,
  }));
  return {
    promoted: rules.every(({ passes }) => passes),
    reasons: rules.map(({ passes, text }) => `${passes ? 'PASS' : 'FAIL'} ${text}`),
  };
}

const signed = (value: number): string =>
  Number.isNaN(value) ? 'unknown' : `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(5)}`;
