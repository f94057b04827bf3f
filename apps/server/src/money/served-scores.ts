import { setImmediate } from 'node:timers/promises';
import type { ServedScores, Slicing } from '@tillcast/core/decisions/money/performance';
import { knowableAtMs } from '@tillcast/core/events/event';
import type { EventLog } from '@tillcast/core/ports/event-log';
import type { PredictionLog } from '@tillcast/core/ports/prediction-log';
import type { Target } from '@tillcast/core/scoring/bundle';
import { ownSlicings, ServedRows } from './served-rows.ts';
import { openVisits, type VisitFacts } from './visits.ts';

/** Which served predictions are measured: those asked in [fromMs, untilMs). */
export interface ServedWindow {
  readonly target: Target;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Rows that are measured at most; default MOST_ROWS. */
  readonly mostRows?: number;
}

/** Served predictions whose outcome is known, and what was left out of them. */
export interface ReadScores {
  readonly scores: ServedScores;
  /** Asked, and their horizon has not closed. */
  readonly waiting: number;
  /** Rows of shoppers who are not in the sample; 0 = all are measured. */
  readonly leftOut: number;
  /** The share of shoppers whose rows are measured; 1 = all. */
  readonly share: number;
  /** Mean price of what was bought, in the shop's currency; NaN where none is known. */
  readonly meanOrder: number;
}

/** Rows that are measured at most: some ten seconds of work on a thread of its own, and 200 MB while it lasts. */
export const MOST_ROWS = 200_000;
const tenant = 'default';
/** A session may have begun so long before its question. */
const dayMs = 86_400_000;

/** Reads the rows of a window, all of them or, where there are too many, all rows of a seeded sample of shoppers; and of their visits what the events say. */
export async function readServedScores(
  log: Pick<PredictionLog, 'read'>,
  events: Pick<EventLog, 'read'>,
  { target, fromMs, untilMs, mostRows = MOST_ROWS }: ServedWindow,
): Promise<ReadScores> {
  const rows = new ServedRows(mostRows);
  let waiting = 0;
  for await (const batch of log.read({ tenant, fromMs, untilMs, target })) {
    for (const logged of batch) {
      if (logged.label === undefined) waiting++;
      else rows.add(logged, logged.label.label);
    }
    await setImmediate();
  }
  const visits = openVisits(rows.visits);
  for await (const batch of events.read({ tenant, fromMs: fromMs - dayMs, untilMs })) {
    for (const event of batch) if (knowableAtMs(event) < untilMs) visits.take(event);
    await setImmediate();
  }
  const { logOdds, labels, shopper, share } = rows;
  const byVisit = (by: string, { names, of }: VisitFacts): Slicing => ({ by, names, of: rows.visit.map((visit) => of[visit]!) });
  return {
    ...{ waiting, leftOut: rows.told - labels.length, share, meanOrder: meanOrderOf(rows) },
    scores: {
      // Their own, for columns are longer than what they hold.
      ...{ logOdds: logOdds.slice(), labels: labels.slice(), shopper: shopper.slice() },
      slicings: [
        ...ownSlicings.map((by) => ({ by, ...rows.slices(by) })),
        byVisit('device', visits.device),
        byVisit('source', visits.source),
      ],
    },
  };
}

function meanOrderOf({ labels, price }: ServedRows): number {
  let [sum, count] = [0, 0];
  for (let row = 0; row < labels.length; row++) {
    if (labels[row] !== 1 || !(price[row]! > 0)) continue;
    sum += price[row]!;
    count++;
  }
  return sum / count;
}
