import type { ShopEvent } from '../../../events/event.ts';
import { type Accumulator, defineAccumulator, type Entity } from '../../feature.ts';

/** What is counted of demand, by position in a bucket. */
export const VIEWS = 1;
/** Lines put into carts. */
export const CART_ADDS = 2;
/** Lines bought. */
export const PURCHASES = 3;
const WIDTH = 4;
/** Where the buckets begin: before them stand the sums over all of them, each at the position its counts have in a bucket, less one. */
const FIRST = 3;

/**
 * Counts in buckets of time: the sums of views, cart adds and purchases over all buckets kept; then the buckets, newest first, four numbers each:
 * bucket, views, cart adds, purchases. What is kept is what lies in the window of the newest bucket, so that a question asked in that bucket, as
 * nearly all are, is answered by a sum. Buckets without events are not kept, so that the long tail of a catalogue costs little. Counts are
 * integers and a bucket leaves when a newer one makes it too old, so folds commute. Empty until the first.
 */
export type RecentDemand = number[];

/** A span of time seen as whole buckets: the window ends with the bucket of the moment and is exact to one bucket. */
export interface DemandWindow {
  readonly accumulator: Accumulator<RecentDemand>;
  readonly bucketMs: number;
  readonly buckets: number;
  readonly windowMs: number;
}

/** Declares the demand of an entity in the last `buckets` buckets of time. */
export function demandWindow(name: string, entity: Entity, bucketMs: number, buckets: number): DemandWindow {
  const accumulator = defineAccumulator<RecentDemand>({
    name,
    entity,
    start: () => [],
    fold(state, event) {
      const kind = kindOf(event);
      if (kind === 0) return state;
      const bucket = Math.floor(event.eventTimeMs / bucketMs);
      if (state.length === 0) return firstCount(bucket, kind);
      countIn(state, bucket, kind, buckets);
      return state;
    },
    counters: { span: buckets, width: PURCHASES, rows: (state) => state.slice(FIRST), gather: gatherRows },
  });
  return Object.freeze({ accumulator, bucketMs, buckets, windowMs: bucketMs * buckets });
}

/** What was counted in the window that ends at `asOfMs`. */
export function demandAt({ bucketMs, buckets }: DemandWindow, state: RecentDemand, kind: number, asOfMs: number): number {
  if (state.length === 0) return 0;
  const now = Math.floor(asOfMs / bucketMs);
  if (state[FIRST] === now) return state[kind - 1]!;
  let sum = 0;
  for (let at = FIRST; at < state.length && state[at]! > now - buckets; at += WIDTH) {
    if (state[at]! <= now) sum += state[at + kind]!;
  }
  return sum;
}

function kindOf({ event }: ShopEvent): number {
  if (event === 'view_item') return VIEWS;
  if (event === 'add_to_cart') return CART_ADDS;
  return event === 'purchase' ? PURCHASES : 0;
}

/** Of exact length: an array that grows from nothing takes room for seventeen, and most items are met once or twice. */
function firstCount(bucket: number, kind: number): RecentDemand {
  const [views, cartAdds, purchases] = [kind === VIEWS ? 1 : 0, kind === CART_ADDS ? 1 : 0, kind === PURCHASES ? 1 : 0];
  return [views, cartAdds, purchases, bucket, views, cartAdds, purchases];
}

function countIn(state: RecentDemand, bucket: number, kind: number, buckets: number): void {
  if (bucket <= state[FIRST]! - buckets) return;
  let at = FIRST;
  while (at < state.length && state[at]! > bucket) at += WIDTH;
  if (at === state.length || state[at] !== bucket) {
    if (at === FIRST) dropStale(state, bucket - buckets);
    insertAt(state, at, bucket);
  }
  state[at + kind]!++;
  state[kind - 1]!++;
}

/** Takes away the buckets up to and including `until`, and what they counted. */
function dropStale(state: RecentDemand, until: number): void {
  let { length } = state;
  while (length > FIRST && state[length - WIDTH]! <= until) {
    length -= WIDTH;
    for (let kind = VIEWS; kind <= PURCHASES; kind++) state[kind - 1]! -= state[length + kind]!;
  }
  state.length = length;
}

/** The rows, and before them their sums. */
function gatherRows(rows: readonly number[]): RecentDemand {
  if (rows.length === 0) return [];
  let [views, cartAdds, purchases] = [0, 0, 0];
  for (let at = 0; at < rows.length; at += WIDTH) {
    views += rows[at + VIEWS]!;
    cartAdds += rows[at + CART_ADDS]!;
    purchases += rows[at + PURCHASES]!;
  }
  return [views, cartAdds, purchases, ...rows];
}

/** In place: `splice` would make an array of what it removes. */
function insertAt(state: RecentDemand, at: number, bucket: number): void {
  state.push(0, 0, 0, 0);
  for (let to = state.length - 1; to >= at + WIDTH; to--) state[to] = state[to - WIDTH]!;
  state[at] = bucket;
  state[at + VIEWS] = 0;
  state[at + CART_ADDS] = 0;
  state[at + PURCHASES] = 0;
}
