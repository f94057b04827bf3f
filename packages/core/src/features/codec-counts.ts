import type { LineItem, ShopEvent } from '../events/event.ts';
import { broken } from './codec-bytes.ts';
import type { Count, Counters } from './feature.ts';
import type { EntityPlan } from './plan.ts';

// One number names a counter: bucket of time, then kind, then which accumulator of the entity.
const KINDS = 8;
const SERIES = 32;

/** By name of the counter, how much is added to it, or how much it is. */
export type CounterValues = Map<number, number>;

/** Takes the states of one entity that all shoppers share apart into named counters, and puts them together again. */
export interface CountsCodec {
  /** For each accumulator, how many buckets of time are kept back from its newest; 0 = all. */
  readonly spans: readonly number[];
  /** Adds what an event contributes to the counters, which is all that a fold does: it commutes. */
  addEvent(to: CounterValues, event: ShopEvent, line: LineItem | undefined): void;
  /** The states behind counters, some of which may have left their span. */
  states(counters: CounterValues): unknown[];
  /** The counters of states. */
  counters(states: readonly unknown[]): CounterValues;
}

/** Opens the codec of an entity that all shoppers share. */
export function openCountsCodec({
  folds,
  fresh,
  counters: declared,
}: Pick<EntityPlan, 'folds' | 'fresh' | 'counters'>): CountsCodec {
  const series = fresh().map((start, index): Counters<unknown> => declared[index] ?? recordOfSums(start));

  function add(to: CounterValues, index: number, counts: readonly Count[]): void {
    for (const [bucket, kind, count] of counts) {
      const name = (bucket * KINDS + kind) * SERIES + index;
      to.set(name, (to.get(name) ?? 0) + count);
    }
  }

  return {
    spans: series.map(({ span }) => span),
    addEvent(to, event, line) {
      const start = fresh();
      for (let index = 0; index < folds.length; index++)
        add(to, index, series[index]!.list(folds[index]!(start[index], event, line)));
    },
    states(counters) {
      const counts = series.map((): Count[] => []);
      for (const [name, count] of counters) {
        const bucketAndKind = Math.floor(name / SERIES);
        const own = counts[name % SERIES];
        if (own === undefined) throw broken('counts what is not known');
        own.push([Math.floor(bucketAndKind / KINDS), bucketAndKind % KINDS, count]);
      }
      return series.map(({ gather }, index) => gather(counts[index]!));
    },
    counters(states) {
      const values: CounterValues = new Map();
      for (let index = 0; index < series.length; index++) add(values, index, series[index]!.list(states[index]));
      return values;
    },
  };
}

/** A record of sums: its fields, in order, are the kinds counted. */
function recordOfSums(start: unknown): Counters<unknown> {
  const names = Object.keys(start as object);
  return {
    span: 0,
    list: (state) =>
      names.flatMap((name, kind): Count[] => {
        const sum = (state as Record<string, number>)[name]!;
        return sum === 0 ? [] : [[0, kind, sum]];
      }),
    gather(counts) {
      const record = { ...(start as Record<string, number>) };
      for (const [, kind, count] of counts) record[names[kind]!] = (record[names[kind]!] ?? 0) + count;
      return record;
    },
  };
}
