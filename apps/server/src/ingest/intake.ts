import type { Problem } from '@tillcast/api/problem';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { ShopEvent, TrafficMark } from '@tillcast/core/events/event';
import { parseEvent } from '@tillcast/core/events/parse-event';
import type { DeadLetter, DeadLetters } from '@tillcast/core/ports/dead-letters';
import type { AppendResult, EventLog } from '@tillcast/core/ports/event-log';
import { invalidInput, problemOf } from '../http/problem.ts';
import { learn, type Memory, seenBy } from '../serving/remember.ts';
import { subjectErased } from '../subjects/erased-list.ts';
import { type EventError, type Fates, noFates } from './fates.ts';
import { poisonLetter } from './letters.ts';

/** One thing received: a value that may be an event, or why it is not even a value. */
export type Received = Pick<EventError, 'index' | 'line'> & ({ readonly value: unknown } | { readonly problem: Problem });

/** What taking events in stands on. */
export interface IntakeParts {
  readonly log: EventLog;
  readonly letters: DeadLetters;
  readonly memory: Memory;
  readonly now: () => number;
  /** What an event of machines or of the shop itself is marked with; undefined = a shopper's. */
  readonly mark: (event: ShopEvent) => TrafficMark | undefined;
  /** Whether an event is of somebody who was erased, and from before that; default: nobody was. */
  readonly isErased?: (event: ShopEvent) => boolean;
  /** Told of what went wrong and did not stop anything. */
  readonly onTrouble: (error: unknown, what: string) => void;
}

/** Takes a batch in: to disk first, then into the features. Rejects when the disk did not take it; then nothing of the batch has a fate. */
export type TakeBatch = (batch: readonly Received[]) => Promise<Fates>;

interface Parsed {
  readonly events: ShopEvent[];
  /** What each of them was received as. */
  readonly places: Received[];
}

const nothingAppended: AppendResult = { accepted: 0, duplicate: 0, conflicts: [], acceptedIndexes: [] };

const conflict = (eventId: string): TillcastError =>
  new TillcastError(
    'EVENT_CONFLICT',
    `the event_id ${JSON.stringify(eventId)} is stored with another body: an event never changes; give a new event its own id`,
  );

const errorAt = ({ index, line }: Received, problem: Problem): EventError => ({
  index,
  ...(line === undefined ? {} : { line }),
  problem,
});

function parseBatch(
  batch: readonly Received[],
  receivedAtMs: number,
  isErased: (event: ShopEvent) => boolean,
  errors: EventError[],
): Parsed {
  const events: ShopEvent[] = [];
  const places: Received[] = [];
  for (const received of batch) {
    if ('problem' in received) {
      errors.push(errorAt(received, received.problem));
      continue;
    }
    const parsed = parseEvent(received.value, { receivedAtMs });
    if (parsed.ok && isErased(parsed.event)) errors.push(errorAt(received, problemOf(subjectErased())));
    else if (parsed.ok) {
      events.push(parsed.event);
      places.push(received);
    } else {
      const fields = parsed.problems.map(({ pointer, problem }) => ({ pointer, detail: problem }));
      errors.push(errorAt(received, problemOf(invalidInput(fields))));
    }
  }
  return { events, places };
}

/** Opens the way in that every form of sending events shares. */
export function openIntake({ log, letters, memory, now, mark, isErased = () => false, onTrouble }: IntakeParts): TakeBatch {
  function marked(event: ShopEvent): ShopEvent {
    const found = mark(event);
    return found === undefined ? event : { ...event, mark: found };
  }

  /** Makes an accepted event known. What the features choke on spoils only itself: it is on disk, and a letter says why nobody sees it. */
  function makeKnown(event: ShopEvent, seen: () => ShopEvent, fates: Fates, poison: DeadLetter[]): void {
    try {
      if (event.mark !== undefined) fates[event.mark.kind]++;
      if (event.claimedTimeMs !== undefined) fates.clockAhead++;
      if (!learn(memory, seen())) fates.tooLate++;
      fates.accepted++;
    } catch (error) {
      onTrouble(error, 'the features could not take an event');
      poison.push(poisonLetter(event, error));
      fates.dead++;
    }
  }

  /** The same where other processes are to see them too. */
  async function shareKnown(
    accepted: readonly ShopEvent[],
    share: NonNullable<Memory['take']>,
    fates: Fates,
    poison: DeadLetter[],
  ): Promise<void> {
    const seen = accepted.map((event) => seenBy(memory, event));
    await share(seen);
    accepted.forEach((event, index) => void makeKnown(event, () => seen[index]!, fates, poison));
  }

  return async (batch) => {
    const fates = noFates();
    const { events: parsed, places } = parseBatch(batch, now(), isErased, fates.errors);
    const events = parsed.map(marked);
    const appended = events.length === 0 ? nothingAppended : await log.append(events);
    for (const at of appended.conflicts) fates.errors.push(errorAt(places[at]!, problemOf(conflict(events[at]!.eventId))));
    const poison: DeadLetter[] = [];
    const accepted = appended.acceptedIndexes.map((at) => events[at]!);
    if (memory.take === undefined) for (const event of accepted) makeKnown(event, () => seenBy(memory, event), fates, poison);
    else await shareKnown(accepted, memory.take, fates, poison);
    fates.duplicate = appended.duplicate;
    // The events themselves are on disk, and their letters are written anew at the next start: a failure here loses nothing.
    if (poison.length > 0) await letters.put(poison).catch((error: unknown) => onTrouble(error, 'dead letters were not kept'));
    return fates;
  };
}
