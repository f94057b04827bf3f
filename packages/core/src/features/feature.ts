import type { LineItem, ShopEvent } from '../events/event.ts';

/** Whose history a state belongs to. `shop` is the whole shop; one state. */
export type Entity = 'session' | 'shopper' | 'item' | 'brand' | 'category' | 'shop';

/**
 * A small state folded from the events of one entity, shared by every feature that reads it.
 * Laws (test/features/laws): `fold` depends on its arguments alone, is O(1) amortised, and sums integers or sums in event order.
 * `fold` may change `state` in place and returns it (numbers are returned anew); a state is plain data (numbers, strings, arrays, typed arrays, Map, Set),
 * so that structuredClone copies it. Entities `session` and `shopper` are folded in the order of `compareEvents`, late events included (the engine re-folds);
 * the others are folded in order of arrival, so their folds must commute.
 */
export interface Accumulator<S> {
  readonly name: string;
  readonly entity: Entity;
  start(): S;
  /** `line` is the line of `event` that concerns the item, brand or category; the first line (or undefined) for the other entities. */
  fold(state: S, event: ShopEvent, line: LineItem | undefined): S;
  /**
   * For `session` and `shopper`, whose histories become one when a device turns out to be a user's: the state of both, `later` being that of the
   * history whose last event is later. Where the one ended before the other began, it is what folding both in order would have given, up to the
   * bounds of what a state remembers. May change and keep either.
   */
  join?(earlier: S, later: S): S;
  /** For the entities all shoppers share, whose states are sums: how a state is taken apart into counters. Default: a record whose fields are the counters. */
  readonly counters?: Counters<S>;
}

/**
 * How a state is taken apart into counters that add up, so that several processes can count into one, and put together again. Rows of counters are laid
 * out flat: with a span, a row is the bucket of time it counts in and its counters, newest row first; without one there is a single row, no bucket.
 */
export interface Counters<S> {
  /** Buckets that are kept, back from the newest one; 0 = there are no buckets, all is counted for ever. */
  readonly span: number;
  /** Counters of a row, at most 7. */
  readonly width: number;
  /** Empty of a state that counted nothing. */
  rows(state: S): readonly number[];
  /** From rows that are all within the span. */
  gather(rows: readonly number[]): S;
}

/** An accumulator whose state is its own business. */
// biome-ignore lint/suspicious/noExplicitAny: a list of accumulators holds many types of state; `unknown` would refuse each of them.
export type AnyAccumulator = Accumulator<any>;

/** The moment of the question and what the asker says about it. */
export interface Moment {
  readonly asOfMs: number;
  readonly itemId?: string;
  readonly category?: string;
  readonly brand?: string;
  /** > 0; absent = unknown. */
  readonly price?: number;
  /** In the shop's time zone. */
  readonly hour: number;
  /** 0 = Monday. */
  readonly dayOfWeek: number;
  readonly isWeekend: boolean;
}

/**
 * One number that was knowable at the moment of the question: data plus pure functions.
 * NaN means "not known"; every other value is finite. The engine rounds it once to float32.
 */
export interface Feature<Reads extends readonly AnyAccumulator[] = readonly AnyAccumulator[]> {
  readonly name: string;
  /** One sentence a merchandiser understands. */
  readonly description: string;
  readonly family: 'session' | 'shopper' | 'demand' | 'calendar' | 'offer';
  /** Raised whenever what the feature means changes, so that a model never meets another meaning under an old name; default 1. */
  readonly version?: number;
  readonly unit: 'count' | 'ms' | 'minutes' | 'days' | 'currency' | 'share' | 'flag' | 'hour' | 'ratio' | 'cycle';
  /** How far back it looks, where that is bounded. */
  readonly windowMs?: number;
  /** The sign the relation to buying must have, where the shop insists on one. */
  readonly monotone?: 1 | -1;
  /** The accumulators it reads; `finish` receives their states in this order (a fresh `start()` where the entity is unknown). */
  readonly reads: Reads;
  finish(moment: Moment, ...states: { [I in keyof Reads]: Reads[I] extends Accumulator<infer S> ? S : never }): number;
}

/** Declares an accumulator; the type of its state is inferred. */
export const defineAccumulator = <S>(accumulator: Accumulator<S>): Accumulator<S> => Object.freeze(accumulator);

/** Declares a feature; the types of the states its `finish` receives follow from `reads`. */
export const defineFeature = <const R extends readonly AnyAccumulator[]>(feature: Feature<R>): Feature<R> =>
  Object.freeze(feature);
