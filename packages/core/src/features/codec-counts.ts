import type { LineItem, ShopEvent } from '../events/event.ts';
import type { Counters } from './feature.ts';
import type { EntityPlan } from './plan.ts';

/** Kinds of one row, less the place of its bucket. */
export const kindsAtMost = 8;
/** Accumulators of one entity at most. */
export const seriesAtMost = 32;

/**
 * What is added to counters, by name. A name is a number: the bucket (0 where there are none), then the place in the row, then which accumulator of the
 * entity: `(bucket · kindsAtMost + place) · seriesAtMost + series`.
 */
export type CountsAdded = Map<number, number>;

/** Takes the states of one entity that all shoppers share apart into counters, and puts them together again. */
export interface CountsCodec {
  /** Of each accumulator, in order. */
  readonly series: readonly Pick<Counters<unknown>, 'span' | 'width'>[];
  /** Adds what an event counts, which is all that a fold of these does: it commutes. */
  addEvent(to: CountsAdded, event: ShopEvent, line: LineItem | undefined): void;
  /** The states behind rows (see `Counters`), one list an accumulator. */
  states(rows: readonly (readonly number[])[]): unknown[];
  /** The rows of states. */
  rows(states: readonly unknown[]): (readonly number[])[];
}

/** Opens the codec of an entity that all shoppers share. */
export function openCountsCodec({ folds, fresh, counters }: Pick<EntityPlan, 'folds' | 'fresh' | 'counters'>): CountsCodec {
  const series = fresh().map((start, index): Counters<unknown> => counters[index] ?? recordOfSums(start));

  /** A state that counted one event alone has one row. */
  function addRow(to: CountsAdded, index: number, row: readonly number[]): void {
    if (row.length === 0) return;
    const isBucketed = series[index]!.span > 0;
    const bucket = isBucketed ? row[0]! : 0;
    for (let place = isBucketed ? 1 : 0; place < row.length; place++) {
      const by = row[place]!;
      if (by === 0) continue;
      const name = (bucket * kindsAtMost + place) * seriesAtMost + index;
      to.set(name, (to.get(name) ?? 0) + by);
    }
  }

  return {
    series,
    addEvent(to, event, line) {
      const start = fresh();
      for (let index = 0; index < folds.length; index++)
        addRow(to, index, series[index]!.rows(folds[index]!(start[index], event, line)));
    },
    states: (rows) => series.map(({ gather }, index) => gather(rows[index] ?? [])),
    rows: (states) => series.map((one, index) => one.rows(states[index])),
  };
}

/** A record of sums: its fields, in order, are the one row. */
function recordOfSums(start: unknown): Counters<unknown> {
  const names = Object.keys(start as object);
  return {
    span: 0,
    width: names.length,
    rows: (state) => names.map((name) => (state as Record<string, number>)[name]!),
    gather(row) {
      const record: Record<string, number> = {};
      for (let index = 0; index < names.length; index++) record[names[index]!] = row[index] ?? 0;
      return record;
    },
  };
}
