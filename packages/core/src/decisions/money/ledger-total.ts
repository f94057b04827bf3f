import { criticalValue, normalMixture, tunedRhoSquared } from '../../experiments/statistics/sequential.ts';
import type { Interval } from '../../learning/metric.ts';
import { type LedgerDay, type LedgerLine, type LineState, UNPLANNED_UNITS } from './ledger-line.ts';

/** All lines together by the end of a day, serving paid. Money in hundredths of the shop's currency. */
export interface TotalDay
  extends Pick<LedgerDay, 'day' | 'incrementalMarginCents' | 'treatmentCostCents' | 'discountCostCents' | 'netCents'> {
  /** Lines that had something to say by then. */
  readonly lines: number;
  readonly servingCostCents: number;
}

/** The bottom line. */
export interface LedgerTotal {
  readonly state: LineState;
  readonly reason: string;
  readonly days: readonly TotalDay[];
}

/** What serving has cost by the end of a day of the shop's calendar; undefined = nobody said. */
export type ServingCost = (day: string) => number;

/**
 * Adds lines that do not overlap; who is in two of them was drawn for each by lots of their own, so that errors add in squares. A line keeps its last
 * figure on days on which it books nothing; one that can compare nothing is left out.
 */
export function totalOf(lines: readonly LedgerLine[], servingCents: ServingCost | undefined, alpha: number): LedgerTotal {
  const counted = lines.filter(({ days }) => days.length > 0);
  if (counted.length === 0) return { state: 'not_yet', reason: 'not measurable yet: no line has a figure', days: [] };
  const names = [...new Set(counted.flatMap(({ days }) => days.map(({ day }) => day)))].sort();
  const at = counted.map(() => -1);
  const days = names.map((day) => {
    for (const [i, line] of counted.entries())
      while (at[i]! + 1 < line.days.length && line.days[at[i]! + 1]!.day <= day) at[i]!++;
    const known = counted.flatMap((line, i) => (at[i]! < 0 ? [] : [line.days[at[i]!]!]));
    return addUp(day, known, servingCents?.(day) ?? 0, alpha);
  });
  if (servingCents === undefined)
    return {
      state: 'not_measurable',
      reason:
        'not measurable: nobody says what serving costs. Set shop.serving_cost_per_day in tillcast.yaml, or give --serving-cost-per-day; 0 is an answer. The figures below are before it',
      days,
    };
  return { ...judge(counted, days.at(-1)!.netCents), days };
}

function addUp(day: string, lines: readonly LedgerDay[], servingCostCents: number, alpha: number): TotalDay {
  const sum = (of: (line: LedgerDay) => number): number => lines.reduce((total, line) => total + of(line), 0);
  const together = (interval: (line: LedgerDay) => Interval, error: (line: LedgerDay) => number): Interval => {
    if (lines.length === 1) return interval(lines[0]!);
    const value = sum((line) => interval(line).value);
    const units = sum(({ treated, reference }) => treated + reference);
    const evidence = normalMixture(units * tunedRhoSquared(alpha, UNPLANNED_UNITS));
    const half = criticalValue(evidence, alpha) * Math.sqrt(sum((line) => error(line) ** 2));
    return { value, low: value - half, high: value + half };
  };
  const net = together(
    ({ netCents }) => netCents,
    ({ standardErrorCents }) => standardErrorCents.net,
  );
  const paid = (cents: number): number => cents - servingCostCents;
  return {
    ...{ day, lines: lines.length, servingCostCents },
    incrementalMarginCents: together(
      ({ incrementalMarginCents }) => incrementalMarginCents,
      ({ standardErrorCents }) => standardErrorCents.incrementalMargin,
    ),
    treatmentCostCents: sum(({ treatmentCostCents }) => treatmentCostCents),
    discountCostCents: sum(({ discountCostCents }) => discountCostCents),
    netCents: { value: paid(net.value), low: paid(net.low), high: paid(net.high) },
  };
}

function judge(lines: readonly LedgerLine[], { low, high }: Interval): Pick<LedgerTotal, 'state' | 'reason'> {
  if (low > 0) return { state: 'measured', reason: 'it pays: the interval lies above 0' };
  if (high < 0) return { state: 'measured', reason: 'it loses money: the interval lies below 0' };
  if (lines.every(({ state }) => state === 'measured'))
    return { state: 'measured', reason: 'every line is measured, and neither gain nor loss is proven' };
  const waiting = lines.filter(({ state }) => state !== 'measured');
  return { state: 'not_yet', reason: `${waiting.toSorted((a, b) => more(b) - more(a))[0]!.reason}` };
}

const more = ({ plan }: LedgerLine): number => plan?.unitsMore ?? Number.POSITIVE_INFINITY;
