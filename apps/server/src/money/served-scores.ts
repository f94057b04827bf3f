import { setImmediate } from 'node:timers/promises';
import type { ServedScores, Slicing } from '@tillcast/core/decisions/money/performance';
import { knowableAtMs } from '@tillcast/core/events/event';
import type { EventLog } from '@tillcast/core/ports/event-log';
import type { LoggedPrediction, PredictionLog, PredictionRecord } from '@tillcast/core/ports/prediction-log';
import type { Target } from '@tillcast/core/scoring/bundle';
import { openVisits, type Visits } from './visits.ts';

/** Which served predictions are measured: those asked in [fromMs, untilMs). */
export interface ServedWindow {
  readonly target: Target;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Served predictions whose outcome is known, and what was left out of them. */
export interface ReadScores {
  readonly scores: ServedScores;
  /** Asked, and their horizon has not closed. */
  readonly waiting: number;
  /** Older ones beyond the most that are measured. */
  readonly leftOut: number;
  /** Mean price of what was bought, in the shop's currency; NaN where none is known. */
  readonly meanOrder: number;
}

/** Newest rows that are measured at most: some seconds of work on a thread of its own. */
export const MOST_ROWS = 40_000;
const tenant = 'default';
/** A session may have begun so long before its question. */
const dayMs = 86_400_000;

interface Row {
  readonly record: Pick<PredictionRecord, 'shopper' | 'sessionId' | 'asOfMs' | 'logOdds' | 'price'>;
  readonly label: 0 | 1;
  readonly values: Readonly<Record<'category' | 'shopper' | 'rung' | 'model', string>>;
}

/** Reads the rows of a window, and of their visits what the events say. */
export async function readServedScores(
  log: Pick<PredictionLog, 'read'>,
  events: Pick<EventLog, 'read'>,
  { target, fromMs, untilMs }: ServedWindow,
): Promise<ReadScores> {
  let rows: Row[] = [];
  let [waiting, leftOut] = [0, 0];
  for await (const batch of log.read({ tenant, fromMs, untilMs, target })) {
    for (const logged of batch) {
      if (logged.label === undefined) waiting++;
      else rows.push(rowOf(logged, logged.label.label));
    }
    if (rows.length > 2 * MOST_ROWS) {
      leftOut += rows.length - MOST_ROWS;
      rows = rows.slice(-MOST_ROWS);
    }
    await setImmediate();
  }
  leftOut += Math.max(0, rows.length - MOST_ROWS);
  rows = rows.slice(-MOST_ROWS);
  const visits = openVisits(rows.map(({ record }) => record));
  for await (const batch of events.read({ tenant, fromMs: fromMs - dayMs, untilMs })) {
    for (const event of batch) if (knowableAtMs(event) < untilMs) visits.take(event);
    await setImmediate();
  }
  return { ...{ waiting, leftOut, meanOrder: meanOrderOf(rows) }, scores: scoresOf(rows, visits) };
}

/** What is sliced by stands in the row itself; a shopper is new where this is their first visit. */
function rowOf({ record }: LoggedPrediction, label: 0 | 1): Row {
  const { shopper, sessionId, asOfMs, logOdds, price, category, columns, row, rung, model } = record;
  const visits = row[columns.names.indexOf('shopper_visits')];
  return {
    record: {
      ...{ shopper, asOfMs, logOdds },
      ...(sessionId === undefined ? {} : { sessionId }),
      ...(price === undefined ? {} : { price }),
    },
    label,
    values: {
      category: category?.split('.', 1)[0] || 'unknown',
      shopper: visits === undefined || Number.isNaN(visits) ? 'unknown' : visits > 1 ? 'returning' : 'new',
      rung,
      model: model.alone === undefined ? model.version : `${model.version} (${model.alone})`,
    },
  };
}

function meanOrderOf(rows: readonly Row[]): number {
  const paid = rows.flatMap(({ label, record: { price = 0 } }) => (label === 1 && price > 0 ? [price] : []));
  return paid.reduce((sum, price) => sum + price, 0) / paid.length;
}

function scoresOf(rows: readonly Row[], visits: Visits): ServedScores {
  const shoppers = new Map<string, number>();
  for (const { record } of rows) if (!shoppers.has(record.shopper)) shoppers.set(record.shopper, shoppers.size);
  const visitOf = rows.map(({ record }) => visits.of(record));
  const named: readonly (readonly [string, (row: number) => string])[] = [
    ...(['category', 'shopper', 'rung', 'model'] as const).map((by) => [by, (row: number) => rows[row]!.values[by]] as const),
    ['device', (row) => visitOf[row]?.device ?? 'unknown'],
    ['source', (row) => visitOf[row]?.source ?? 'unknown'],
  ];
  return {
    logOdds: Float64Array.from(rows, ({ record }) => record.logOdds),
    labels: Uint8Array.from(rows, ({ label }) => label),
    shopper: Int32Array.from(rows, ({ record }) => shoppers.get(record.shopper)!),
    slicings: named.map(([by, nameOf]) => slicing(by, rows.length, nameOf)),
  };
}

function slicing(by: string, count: number, nameOf: (row: number) => string): Slicing {
  const names = new Map<string, number>();
  const of = Int32Array.from({ length: count }, (_, row) => {
    const name = nameOf(row);
    if (!names.has(name)) names.set(name, names.size);
    return names.get(name)!;
  });
  return { by, names: [...names.keys()], of };
}
