import type { EventsAnswer } from '@tillcast/api/events';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { ShopEvent } from '@tillcast/core/events/event';
import { memoryDeadLetters } from '@tillcast/stores/memory/dead-letters';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TakeBatch } from '../../src/ingest/intake.ts';
import { countedEvents, openToyIntake, poisonItem } from '../toys/toy-intake.ts';
import { wireEvent } from '../toys/toy-service.ts';

/** 2,000 histories by `npm run long`. */
const numRuns = process.env.TILLCAST_LONG ? 2_000 : 80;

/** One thing that a sender may send: new, again, with another body, poisonous, no event, or no JSON. */
const thing = fc.oneof(
  fc.nat(12).map((n) => wireEvent(`e${n}`, 'view_item')),
  fc.nat(12).map((n) => wireEvent(`e${n}`, 'purchase')),
  fc.nat(3).map((n) => wireEvent(`p${n}`, 'view_item', { items: [{ item_id: poisonItem }] })),
  fc.constantFrom<unknown>({}, null, 7, { event_id: 'x', event: 'dance' }),
);
const fault = fc.constantFrom('none', 'none', 'none', 'log', 'letters', 'crash' as const);
/** A request: its form, what it holds, and what fails meanwhile. `cut` breaks a stream off. */
const request = fc.record({
  form: fc.constantFrom('single', 'array', 'lines', 'many bad lines'),
  things: fc.array(thing, { minLength: 1, maxLength: 8 }),
  fault,
  cut: fc.boolean(),
});
type Request = typeof request extends fc.Arbitrary<infer R> ? R : never;

/** Stores that fail as told. `crash`: the append is on disk, and the process dies before it hears of it. */
function openFaulty() {
  const log = memoryEventLog();
  const letters = memoryDeadLetters();
  const failing = { now: 'none' as string };
  const gone = new TillcastError('STORE_UNAVAILABLE', 'gone');
  const append = async (events: readonly ShopEvent[]) => {
    if (failing.now === 'log') throw gone;
    const result = await log.append(events);
    if (failing.now === 'crash') throw gone;
    return result;
  };
  const put: typeof letters.put = async (given) => {
    if (failing.now === 'letters') throw gone;
    return letters.put(given);
  };
  return { log, failing, faulty: { log: { ...log, append }, letters: { ...letters, put } } };
}

async function* linesOf({ things, form, cut }: Request): AsyncGenerator<Buffer> {
  const texts = things.map((each) => JSON.stringify(each));
  const many = form === 'many bad lines' ? Array.from({ length: 1_010 }, (_, n) => `{"n":${n}}`) : [];
  yield Buffer.from(`${[...many, ...texts].join('\n')}\n`);
  if (cut) throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
}

const sizeOf = ({ form, things }: Request): number =>
  form === 'single' ? 1 : things.length + (form === 'many bad lines' ? 1_010 : 0);

/** Sends a request; how much of it was answered, undefined = the sender knows nothing. */
async function send({ ingest, ingestLines }: ReturnType<typeof openToyIntake>, sent: Request): Promise<number | undefined> {
  try {
    const { form, things } = sent;
    const answer: EventsAnswer = await (form === 'single'
      ? ingest(things[0])
      : form === 'array'
        ? ingest(things)
        : ingestLines(linesOf(sent)));
    return answer.accepted + answer.duplicate + answer.rejected + (answer.dead ?? 0);
  } catch (error) {
    const refused = sent.form === 'single' && ['INPUT_INVALID', 'EVENT_CONFLICT'].includes((error as { code: string }).code);
    return refused ? 1 : undefined;
  }
}

/** Plays a history; what does not add up, in words. A crash is followed by a fresh process on the same stores. */
async function imbalances(history: readonly Request[], spoil?: (take: TakeBatch) => TakeBatch): Promise<string[]> {
  const { log, failing, faulty } = openFaulty();
  const found: string[] = [];
  const open = () => openToyIntake({ ...faulty, ...(spoil === undefined ? {} : { spoil }) });
  let service = open();
  for (const sent of history) {
    failing.now = sent.fault;
    const before = await countedEvents(service.metrics);
    const stored = await log.count();
    const answered = await send(service, sent);
    const { received, accepted, duplicate, rejected, dead } = await countedEvents(service.metrics);
    if (received !== accepted + duplicate + rejected + dead) found.push('received is not the sum of the outcomes');
    if (answered !== undefined && answered !== sizeOf(sent)) found.push(`${sizeOf(sent)} were sent, ${answered} answered`);
    if (answered !== undefined && answered !== received - before.received) found.push(`${answered} were answered, not counted`);
    const grown = (await log.count()) - stored;
    const taken = accepted - before.accepted;
    if (sent.fault !== 'crash' && (grown < taken || grown > taken + dead - before.dead))
      found.push(`${taken} accepted, the log grew by ${grown}`);
    if (sent.fault === 'crash') service = open();
  }
  failing.now = 'none';
  return found;
}

describe('received = accepted + duplicate + rejected + dead', () => {
  it('at any moment, whatever is sent and whatever fails', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 6 }), async (history) => {
        expect(await imbalances(history)).toEqual([]);
      }),
      { numRuns },
    );
  });

  it.each([
    [
      'loses a rejected event',
      (take: TakeBatch): TakeBatch =>
        async (batch) => ({ ...(await take(batch)), errors: [] }),
    ],
    [
      'counts a duplicate as accepted',
      (take: TakeBatch): TakeBatch =>
        async (batch) => {
          const fates = await take(batch);
          return { ...fates, accepted: fates.accepted + fates.duplicate, duplicate: 0 };
        },
    ],
    [
      'forgets what is dead',
      (take: TakeBatch): TakeBatch =>
        async (batch) => ({ ...(await take(batch)), dead: 0 }),
    ],
  ])('a way in that %s is caught', async (_what, spoil) => {
    const property = fc.asyncProperty(
      fc.array(request, { minLength: 1, maxLength: 6 }),
      async (history) => (await imbalances(history, spoil)).length === 0,
    );
    expect((await fc.check(property, { numRuns: 100, seed: 1 })).failed).toBe(true);
  });
});

describe('a poisonous event', () => {
  it('spoils only itself: the others of its batch are in the features, and a letter says why it is not', async () => {
    const { ingest, letters, log } = openToyIntake();
    const poison = wireEvent('p', 'view_item', { items: [{ item_id: poisonItem }] });
    expect(await ingest([wireEvent('a', 'view_item'), poison, wireEvent('b', 'view_item')])).toEqual({
      ...{ accepted: 2, duplicate: 0, rejected: 0, dead: 1, errors: [] },
    });
    expect(await ingest([poison])).toMatchObject({ duplicate: 1 });
    expect(await log.count()).toBe(3);
    expect(await letters.count()).toBe(1);
  });
});
