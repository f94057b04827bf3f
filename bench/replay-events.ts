import { compareEvents, knowableAtMs, type ShopEvent } from '@tillcast/core/events/event';
import { simulateShop } from '@tillcast/core/simulation/shop';

/** What to replay. */
export interface ReplayEvents {
  readonly events: number;
  readonly shoppers: number;
  readonly seed: number;
  /** As imported history without arrival times: each event known the moment it happened. */
  readonly backfilled: boolean;
}

/**
 * The synthetic shop's events in knowable order, in batches. Each event has been through JSON, as a store hands it out: its own texts, none hashed
 * or shared yet, so that looking them up costs here what it costs there.
 */
export function* replayEvents({ events, shoppers, seed, backfilled }: ReplayEvents, size = 8_192): Generator<ShopEvent[]> {
  let [waiting, batch, made]: [ShopEvent[], ShopEvent[], number] = [[], [], 0];
  for (const { event } of simulateShop({ shoppers, days: Number.POSITIVE_INFINITY, seed })) {
    waiting.push(backfilled ? { ...event, receivedAtMs: event.eventTimeMs, backfilled: true } : event);
    if (++made < events && waiting.length < size) continue;
    // Events still to come happen later, so what is knowable by now is complete.
    const untilMs = made === events ? Number.POSITIVE_INFINITY : event.eventTimeMs;
    batch = waiting.filter((each) => knowableAtMs(each) < untilMs).sort(byKnowability);
    waiting = waiting.filter((each) => knowableAtMs(each) >= untilMs);
    yield JSON.parse(JSON.stringify(batch)) as ShopEvent[];
    if (made === events) return;
  }
}

const byKnowability = (a: ShopEvent, b: ShopEvent): number => knowableAtMs(a) - knowableAtMs(b) || compareEvents(a, b);
