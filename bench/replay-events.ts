import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

/** Events of one file, and so of one batch handed over: what the stores hand out at a time. */
const BATCH = 8_192;

/** Writes the synthetic shop's events, in knowable order, into a folder: one file a batch. */
export function writeReplayEvents(folder: string, { events, shoppers, seed, backfilled }: ReplayEvents): void {
  let [waiting, made, files]: [ShopEvent[], number, number] = [[], 0, 0];
  for (const { event } of simulateShop({ shoppers, days: Number.POSITIVE_INFINITY, seed })) {
    waiting.push(backfilled ? { ...event, receivedAtMs: event.eventTimeMs, backfilled: true } : event);
    if (++made < events && waiting.length < BATCH) continue;
    // Events still to come happen later, so what is knowable by now is complete.
    const untilMs = made === events ? Number.POSITIVE_INFINITY : event.eventTimeMs;
    const batch = waiting.filter((each) => knowableAtMs(each) < untilMs).sort(byKnowability);
    waiting = waiting.filter((each) => knowableAtMs(each) >= untilMs);
    writeFileSync(join(folder, `${String(files++).padStart(6, '0')}.json`), JSON.stringify(batch));
    if (made === events) return;
  }
}

/** Reads them back batch by batch: each event with its own texts, none hashed or shared yet, as a store hands them out. */
export function* readReplayEvents(folder: string): Generator<ShopEvent[]> {
  for (const file of readdirSync(folder).sort()) yield JSON.parse(readFileSync(join(folder, file), 'utf8')) as ShopEvent[];
}

const byKnowability = (a: ShopEvent, b: ShopEvent): number => knowableAtMs(a) - knowableAtMs(b) || compareEvents(a, b);
