import type { RoiAnswer, RoiDay, RoiLine } from '@tillcast/api/reports';
import type { LedgerDay, LedgerLine } from '@tillcast/core/decisions/money/ledger-line';
import type { LedgerTotal, TotalDay } from '@tillcast/core/decisions/money/ledger-total';
import type { Interval } from '@tillcast/core/learning/metric';
import type { Book } from './books.ts';

/** A hundredth of a cent is the last digit told; -0 is 0. */
const told = (cents: number): number => Math.round(cents * 100) / 100 + 0;

const interval = ({ value, low, high }: Interval): [number, number, number] => [told(value), told(low), told(high)];

function amounts(day: LedgerDay | TotalDay) {
  return {
    incremental_margin_cents: interval(day.incrementalMarginCents),
    treatment_cost_cents: told(day.treatmentCostCents),
    discount_cost_cents: told(day.discountCostCents),
    net_cents: interval(day.netCents),
  };
}

const lineDay = (day: LedgerDay): RoiDay => ({
  ...{ day: day.day, treated_units: day.treated, reference_units: day.reference },
  ...{ ...amounts(day), serving_cost_cents: 0 },
});

/** A day of the total, as a row beside those of the lines. */
export const dayOnWire = (day: TotalDay) => ({
  ...{ line: 'total', day: day.day, treated_units: null, reference_units: null },
  ...{ ...amounts(day), serving_cost_cents: told(day.servingCostCents) },
});

/** A line in the words of the wire. */
export function lineOnWire({ book, line, crossed }: { book: Book; line: LedgerLine; crossed: number }): RoiLine {
  const { plan } = line;
  const last = line.days.at(-1);
  const finite = (value: number | undefined): number | null => (value !== undefined && Number.isFinite(value) ? value : null);
  return {
    ...{ id: book.id, against: book.against, in_total: book.isInTotal },
    ...{ experiments: book.experiments.map(({ id }) => id), variants: [...book.variants] },
    ...{ state: line.state, verdict: line.reason },
    net_cents: last === undefined ? null : interval(last.netCents),
    incremental_margin_cents: last === undefined ? null : interval(last.incrementalMarginCents),
    ...{ treated_units: last?.treated ?? 0, reference_units: last?.reference ?? 0 },
    ...{ waiting_units: line.waiting, crossed_units: crossed, unmatched_units: line.unmatched },
    ...{ planned_units: finite(plan?.plannedUnits), units_more: finite(plan?.unitsMore), days_more: finite(plan?.daysMore) },
    days: line.days.map(lineDay),
  };
}

/** The bottom line in the words of the wire. */
export function totalOnWire({ state, reason, days }: LedgerTotal): Pick<RoiAnswer, 'state' | 'verdict' | 'total'> {
  const last = days.at(-1);
  const total = last && { ...amounts(last), serving_cost_cents: told(last.servingCostCents) };
  return { state, verdict: reason, total: total === undefined ? null : { ...total, days: days.map(dayOnWire) } };
}
