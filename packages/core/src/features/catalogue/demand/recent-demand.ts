import type { ShopEvent } from '../../../events/event.ts';
import { type Accumulator, defineAccumulator, type Entity } from '../../feature.ts';

/** What is counted of demand, by position in a bucket. */
export const VIEWS = 1;
/** Lines put into carts. */
export const CART_ADDS = 2;
/** Lines bought. */
export const PURCHASES = 3;
const WIDTH = 4;

/**
 * Counts in buckets of time, oldest first, four numbers each: bucket, views, cart adds, purchases. Buckets without events are not kept, so that
 * the long tail of a catalogue costs little. Counts are integers and a bucket leaves when a newer one makes it too old, so folds commute.
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
      if (kind > 0) countIn(state, Math.floor(event.eventTimeMs / bucketMs), kind, buckets);
      return state;
    },
  });
  return Object.freeze({ accumulator, bucketMs, buckets, windowMs: bucketMs * buckets });
}

/** What was counted in the window that ends at `asOfMs`. */
export function demandAt({ bucketMs, buckets }: DemandWindow, state: RecentDemand, kind: number, asOfMs: number): number {
  const now = Math.floor(asOfMs / bucketMs);
  let sum = 0;
  for (let at = state.length - WIDTH; at >= 0 && state[at]! > now - buckets; at -= WIDTH) {
    if (state[at]! <= now) sum += state[at + kind]!;
  }
  return sum;
}

function kindOf({ event }: ShopEvent): number {
  if (event === 'view_item') return VIEWS;
  if (event === 'add_to_cart') return CART_ADDS;
  return event === 'purchase' ? PURCHASES : 0;
}

function countIn(state: RecentDemand, bucket: number, kind: number, buckets: number): void {
  let at = state.length - WIDTH;
  if (at >= 0 && bucket <= state[at]! - buckets) return;
  while (at >= 0 && state[at]! > bucket) at -= WIDTH;
  if (at >= 0 && state[at] === bucket) {
    state[at + kind]!++;
    return;
  }
  at += WIDTH;
  if (at === state.length) {
    const stale = staleLength(state, bucket - buckets);
    if (stale > 0) shiftDown(state, stale);
    state.push(bucket, 0, 0, 0);
    state[state.length - WIDTH + kind] = 1;
  } else {
    state.splice(at, 0, bucket, 0, 0, 0);
    state[at + kind] = 1;
  }
}

function staleLength(state: RecentDemand, until: number): number {
  let length = 0;
  while (length < state.length && state[length]! <= until) length += WIDTH;
  return length;
}

/** In place: `splice` would make an array of what it removes. */
function shiftDown(state: RecentDemand, by: number): void {
  for (let at = by; at < state.length; at++) state[at - by] = state[at]!;
  state.length -= by;
}
