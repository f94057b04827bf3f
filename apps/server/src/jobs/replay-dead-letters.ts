import type { ShopEvent } from '@tillcast/core/events/event';
import { parseEvent } from '@tillcast/core/events/parse-event';
import { isFields } from '@tillcast/core/events/read-field';
import { parseRecord } from '@tillcast/core/events/record';
import { openFeatureEngine } from '@tillcast/core/features/feature-engine';
import type { DeadLetter, DeadLetters } from '@tillcast/core/ports/dead-letters';
import type { EventLog } from '@tillcast/core/ports/event-log';
import { parseText } from '../http/parse-json.ts';
import { segment } from '../importing/sources/segment.ts';
import { Refused } from '../importing/sources/source.ts';

/** What a replay of dead letters is told. */
export interface ReplayOptions {
  readonly log: EventLog;
  readonly letters: DeadLetters;
  readonly nowMs: number;
  /** Whether an event is of somebody who was erased, and from before that; absent: nobody was. */
  readonly isErased?: (event: ShopEvent) => boolean;
  /** Looks what would come of it and changes nothing. */
  readonly dryRun?: boolean;
}

/** What came of it: `letters = replayed + duplicate + still_dead`. */
export interface ReplaySummary {
  readonly dry_run?: true;
  readonly letters: number;
  /** Events that are in the log now, and were not; in a dry run, letters that would be taken. */
  readonly replayed: number;
  /** Events that were in the log already. */
  readonly duplicate: number;
  readonly still_dead: number;
  /** What keeps the others dead, and how many of them. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** The event a letter holds, by today's rules; or why it still holds none. */
function eventOf({ source, body, tenant }: DeadLetter, nowMs: number): ShopEvent | string {
  let value: unknown;
  try {
    value = parseText(body);
  } catch (error) {
    return (error as Error).message;
  }
  const arrival = { receivedAtMs: nowMs, tenant };
  const parsed =
    source === 'stream' ? parseEvent(value, arrival) : parseRecord(source === 'webhook' ? called(value) : value, arrival);
  if (!parsed.ok) return parsed.problems.map(({ pointer, problem }) => `${pointer} ${problem}`.trim()).join('; ');
  // What was not known before is known from now on; what is in the log was known when it came.
  const event = source === 'webhook' ? { ...parsed.event, receivedAtMs: nowMs } : parsed.event;
  return source === 'features' ? understood(event) : event;
}

/** A webhook's call as a stored event; what it refuses is handed on for the parser to refuse by name. */
function called(value: unknown): unknown {
  if (!isFields(value)) return value;
  const record = segment.toRecord(value, () => '');
  return record instanceof Refused ? value : record;
}

function understood(event: ShopEvent): ShopEvent | string {
  try {
    openFeatureEngine({ timeZone: 'UTC' }).apply(event);
    return event;
  } catch (error) {
    return `the features cannot take it: ${(error as Error).message}`;
  }
}

/**
 * Tries dead letters again: what is an event by now goes to the log, durably, before its letter is taken off. So a replay that was cut off, or
 * is run twice, does what one does: events that are there already count as duplicates. The features see them when the service starts the next time.
 */
export async function replayDeadLetters({
  log,
  letters,
  nowMs,
  isErased,
  dryRun = false,
}: ReplayOptions): Promise<ReplaySummary> {
  const count = { letters: 0, replayed: 0, duplicate: 0, still_dead: 0 };
  const reasons: Record<string, number> = {};
  const staysDead = (reason: string): void => {
    count.still_dead++;
    reasons[reason] = (reasons[reason] ?? 0) + 1;
  };
  for await (const page of letters.read()) {
    count.letters += page.length;
    const ready: { readonly letter: DeadLetter; readonly event: ShopEvent }[] = [];
    for (const letter of page) {
      const event = eventOf(letter, nowMs);
      if (typeof event === 'string') staysDead(event.slice(0, 200));
      else if (isErased?.(event) === true) staysDead('its shopper was erased');
      else ready.push({ letter, event });
    }
    if (dryRun) count.replayed += ready.length;
    else if (ready.length > 0) {
      const { accepted, duplicate, conflicts } = await log.append(ready.map(({ event }) => event));
      count.replayed += accepted;
      count.duplicate += duplicate;
      for (const _ of conflicts) staysDead('the event_id is stored with another body');
      const done = ready.filter((_, index) => !conflicts.includes(index)).map(({ letter }) => letter);
      for (const [tenant, ofTenant] of Map.groupBy(done, (letter) => letter.tenant))
        await letters.resolve(
          tenant,
          ofTenant.map(({ letterId }) => letterId),
        );
    }
  }
  return { ...(dryRun ? { dry_run: true as const } : {}), ...count, reasons };
}
