import { compare, whyNotMeasurable } from '../../experiments/statistics/compare.ts';
import { type SequentialRule, sequentialTest } from '../../experiments/statistics/sequential.ts';
import type { Interval } from '../../learning/metric.ts';
import { type EffectOnTreated, effectOnTreated, type Sides } from './effect-on-treated.ts';
import type { LedgerUnit } from './ledger-unit.ts';
import { type Missing, type PlanSettings, unitsMissing } from './planned-units.ts';
import { openStratum, type Stratum } from './running-side.ts';

/** A line of the ledger by the end of a day: everything booked so far. Money in hundredths of the shop's currency. */
export interface LedgerDay {
  /** Of the shop's calendar, such as `2026-11-20`. */
  readonly day: string;
  readonly treated: number;
  readonly reference: number;
  /** Margin of the treated that would not be there without the treatment. 95 %, valid at every look at once. */
  readonly incrementalMarginCents: Interval;
  readonly treatmentCostCents: number;
  readonly discountCostCents: number;
  /** Incremental margin less both costs, with an interval of its own. */
  readonly netCents: Interval;
  /** Of the two above. */
  readonly standardErrorCents: { readonly incrementalMargin: number; readonly net: number };
}

/** Whether a figure may be believed. `not_yet` says what is missing; `not_measurable` why it never will be as things are. */
export type LineState = 'measured' | 'not_yet' | 'not_measurable';

/** A line, cumulative by day. */
export interface LedgerLine {
  readonly state: LineState;
  /** In words, for a person. */
  readonly reason: string;
  /** Days on which something could be compared, the first first; empty where nothing could. */
  readonly days: readonly LedgerDay[];
  /** Units over both sides that the plan asks for, and what lacks of them. */
  readonly plan?: Missing;
  /** Units whose window is still open, and units that have nobody to be compared with. */
  readonly waiting: number;
  readonly unmatched: number;
}

/** How a line is booked. */
export interface LineSettings extends PlanSettings {
  readonly asOfMs: number;
  /** The day of the shop's calendar that a moment lies in; days sort as texts. */
  readonly dayOf: (atMs: number) => string;
  readonly alpha: number;
}

/** Books units, day by day of their maturity, up to a moment. Pure: the same units and settings give the same line, whatever their order within a day. */
export function bookLine(units: readonly LedgerUnit[], settings: LineSettings): LedgerLine {
  const booked = units.filter(({ maturesAtMs }) => maturesAtMs <= settings.asOfMs);
  const waiting = units.length - booked.length;
  const unknown = booked.filter(({ marginCents }) => Number.isNaN(marginCents)).length;
  if (unknown > 0) return never(saysNothing(unknown), waiting);
  const strata: Stratum[] = [];
  const days: LedgerDay[] = [];
  for (const [day, ofDay] of byDay(booked, settings.dayOf)) {
    for (const unit of ofDay) {
      strata[unit.stratum] ??= openStratum();
      const { treated, reference } = strata[unit.stratum]!;
      (unit.isTreated ? treated : reference).add(unit);
    }
    const effect = effectOnTreated(Object.values(strata));
    if (whyNotMeasurable(effect.net.reference, effect.net.treated) === undefined) days.push(dayOfLine(day, effect, settings));
  }
  return { ...judge(effectOnTreated(Object.values(strata)), days, booked, settings), days, waiting };
}

const saysNothing = (unknown: number): string =>
  `not measurable: nobody says what the orders of ${unknown} units earned. Give items a cost or a margin (tillcast import --source catalogue), or set shop.margin in tillcast.yaml`;

const never = (reason: string, waiting: number): LedgerLine => ({
  ...{ state: 'not_measurable', reason, days: [], waiting, unmatched: 0 },
});

/** Units by day of maturity. Sorted, with ties in a fixed order, so that sums round the same however the stores deliver. */
function byDay(units: readonly LedgerUnit[], dayOf: (atMs: number) => string): readonly (readonly [string, LedgerUnit[]])[] {
  const sorted = units.toSorted(
    (a, b) =>
      a.maturesAtMs - b.maturesAtMs ||
      a.stratum - b.stratum ||
      Number(a.isTreated) - Number(b.isTreated) ||
      a.marginCents - b.marginCents ||
      a.discountCents - b.discountCents ||
      a.treatmentCents - b.treatmentCents,
  );
  return [...Map.groupBy(sorted, ({ maturesAtMs }) => dayOf(maturesAtMs))];
}

/** GrowthBook's tuning, where no plan was registered. */
export const UNPLANNED_UNITS = 5_000;

/** Every day is a look: only a rule that holds at all of them at once may set the intervals. */
const ruleOf = (registeredUnits: number | undefined): SequentialRule =>
  registeredUnits === undefined
    ? { kind: 'confidence_sequence', tunedUnits: UNPLANNED_UNITS }
    : { kind: 'two_peak', plannedUnits: registeredUnits };

function dayOfLine(day: string, effect: EffectOnTreated, { alpha, registeredUnits }: LineSettings): LedgerDay {
  const test = sequentialTest(alpha, ruleOf(registeredUnits));
  const grown = ({ reference, treated }: Sides): { interval: Interval; error: number } => {
    const { difference, standardError } = compare(reference, treated, test);
    const [value, low, high] = difference.map((cents) => cents * effect.treated) as [number, number, number];
    return { interval: { value, low, high }, error: standardError * effect.treated };
  };
  const [margin, net] = [grown(effect.margin), grown(effect.net)];
  return {
    ...{ day, treated: effect.treated, reference: effect.reference, incrementalMarginCents: margin.interval },
    ...{ treatmentCostCents: effect.treatmentCents, discountCostCents: effect.discountCents, netCents: net.interval },
    standardErrorCents: { incrementalMargin: margin.error, net: net.error },
  };
}

type Judged = Pick<LedgerLine, 'state' | 'reason' | 'plan' | 'unmatched'>;

function judge(
  effect: EffectOnTreated,
  days: readonly LedgerDay[],
  booked: readonly LedgerUnit[],
  settings: LineSettings,
): Judged {
  const { unmatched } = effect;
  const why = whyNotMeasurable(effect.net.reference, effect.net.treated);
  const last = days.at(-1);
  if (why !== undefined || last === undefined) return { state: 'not_yet', reason: `not measurable yet: ${why}`, unmatched };
  const plan = unitsMissing(effect, spanMsOf(booked), settings);
  const { low, high } = last.netCents;
  if (low > 0) return { state: 'measured', reason: 'it pays: the interval lies above 0', plan, unmatched };
  if (high < 0) return { state: 'measured', reason: 'it loses money: the interval lies below 0', plan, unmatched };
  if (plan.unitsMore === 0)
    return {
      state: 'measured',
      reason: 'as many units as planned were seen, and neither gain nor loss worth knowing is proven',
      ...{ plan, unmatched },
    };
  return { state: 'not_yet', reason: `not measurable yet: ${plan.text}`, plan, unmatched };
}

function spanMsOf(booked: readonly LedgerUnit[]): number {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { maturesAtMs } of booked) {
    first = Math.min(first, maturesAtMs);
    last = Math.max(last, maturesAtMs);
  }
  return last - first;
}
