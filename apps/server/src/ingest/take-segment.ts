import { createHash } from 'node:crypto';
import { maxEvents } from '@tillcast/api/events';
import type { Problem } from '@tillcast/api/problem';
import { type Fields, isFields, own } from '@tillcast/core/events/read-field';
import type { DeadLetter, DeadLetters } from '@tillcast/core/ports/dead-letters';
import type { Metrics } from '../http/metrics.ts';
import { invalidInput } from '../http/problem.ts';
import type { TakeSegment } from '../http/routes/webhooks.ts';
import { canonicalJson } from '../importing/files/json.ts';
import { linksDevice, segment } from '../importing/sources/segment.ts';
import { Refused } from '../importing/sources/source.ts';
import { countFates, noFates } from './fates.ts';
import type { Received, TakeBatch } from './intake.ts';
import { letterOf } from './letters.ts';

/** What taking calls in stands on. */
export interface SegmentParts {
  readonly take: TakeBatch;
  readonly letters: DeadLetters;
  readonly metrics: Metrics;
  readonly now: () => number;
}

/** Calls that say nothing of shopping; an `identify` or `alias` that says whose a device is, is a login. */
const skippedTypes: ReadonlySet<unknown> = new Set(['page', 'screen', 'identify', 'group', 'alias']);

/** The calls of a body: one, an array of them, or `{batch: […]}`. */
function callsIn(body: unknown): readonly unknown[] {
  const isBatch = isFields(body) && Object.hasOwn(body, 'batch');
  const list = isBatch ? own(body, 'batch') : body;
  if (!isBatch && !Array.isArray(list)) return [body];
  const pointer = isBatch ? '/batch' : '';
  if (!Array.isArray(list)) throw invalidInput([{ pointer, detail: 'must be an array of calls' }]);
  if (list.length === 0) throw invalidInput([{ pointer, detail: 'holds no call' }]);
  if (list.length > maxEvents)
    throw invalidInput([{ pointer, detail: `holds ${list.length} calls; at most ${maxEvents} go into one request` }]);
  return list;
}

/** A call as an event on the wire; when it came is ours to say. */
function eventOf(call: Fields): Fields | Refused {
  const record = segment.toRecord(call, () =>
    createHash('sha256')
      .update(`segment\n${canonicalJson(call)}`)
      .digest('hex'),
  );
  if (record instanceof Refused) return record;
  const { received_at: _theirs, ...event } = record;
  return event;
}

const problemOf = (detail: string): Pick<Problem, 'code' | 'detail'> => ({ code: 'INPUT_INVALID', detail });

/** Takes calls of Segment or RudderStack in. What cannot be understood is kept as a dead letter: who sends it could not mend it. */
export function openTakeSegment({ take, letters, metrics, now }: SegmentParts): TakeSegment {
  async function bury(dead: readonly DeadLetter[]): Promise<void> {
    if (dead.length === 0) return;
    const { dropped } = await letters.put(dead);
    metrics.deadLettersDropped.inc(dropped);
    countFates(metrics, { ...noFates(), dead: dead.length });
  }

  return async (body) => {
    const calls = callsIn(body);
    const events: Received[] = [];
    const dead: DeadLetter[] = [];
    const letter = (index: number, problem: Pick<Problem, 'code' | 'detail'>): void =>
      void dead.push(letterOf('webhook', JSON.stringify(calls[index]), problem, now()));
    let skipped = 0;
    for (const [index, call] of calls.entries()) {
      if (!isFields(call)) letter(index, problemOf('a call must be a JSON object'));
      else if (skippedTypes.has(own(call, 'type')) && !linksDevice(call)) skipped++;
      else {
        const event = eventOf(call);
        if (event instanceof Refused) letter(index, problemOf(event.problem));
        else events.push({ index, value: event });
      }
    }
    const fates = await take(events);
    countFates(metrics, fates, 0);
    for (const { index, problem } of fates.errors) letter(index, problem);
    await bury(dead);
    return { accepted: fates.accepted, duplicate: fates.duplicate, dead: fates.dead + dead.length, skipped };
  };
}
