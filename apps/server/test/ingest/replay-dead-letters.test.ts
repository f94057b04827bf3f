import { Readable } from 'node:stream';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { DeadLetters } from '@tillcast/core/ports/dead-letters';
import type { EventLog } from '@tillcast/core/ports/event-log';
import { memoryDeadLetters } from '@tillcast/stores/memory/dead-letters';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLetters } from '../../../../packages/core/test/contract/dead-letters.ts';
import { readAll } from '../../../../packages/core/test/contract/event-log.ts';
import { letterOf } from '../../src/ingest/letters.ts';
import { replayDeadLetters } from '../../src/jobs/replay-dead-letters.ts';
import { countedEvents, openToyIntake, poisonItem } from '../toys/toy-intake.ts';
import { fridayEvening, wireEvent } from '../toys/toy-service.ts';

const hourLater = fridayEvening + 3_600_000;
const why = { code: 'INPUT_INVALID', detail: 'was wrong' };

const segmentCall = (id: string) =>
  JSON.stringify({
    ...{ type: 'track', event: 'Product Viewed', messageId: id, userId: 'ana', timestamp: '2026-11-20T18:00:00Z' },
    properties: { product_id: 'p1' },
  });
const body = fc.oneof(
  fc.nat(6).map((n) => JSON.stringify(wireEvent(`e${n}`, 'view_item'))),
  fc.nat(6).map((n) => JSON.stringify(wireEvent(`e${n}`, 'purchase'))),
  fc.constantFrom('{', '{}', '[]', '"x"', '{"event_id":"x","event":"dance"}'),
);
const letter = fc.oneof(
  body.map((text) => letterOf('stream', text, why, fridayEvening)),
  fc.nat(4).map((n) => letterOf('webhook', segmentCall(`s${n}`), why, fridayEvening)),
);

/** The stores after one replay of these letters over a log that knows a little already. */
async function storesOf(given: readonly ReturnType<typeof letterOf>[]) {
  const [log, letters] = [memoryEventLog(), memoryDeadLetters()];
  const { ingest } = openToyIntake({ log });
  await ingest(wireEvent('e0', 'view_item'));
  await letters.put(given);
  return { log, letters };
}
const contents = async ({ log, letters }: { log: EventLog; letters: DeadLetters }) => [
  await readAll(log),
  await readLetters(letters),
];

const gone = new TillcastError('STORE_UNAVAILABLE', 'gone');
type Replay = typeof replayDeadLetters;

/** Whether a replay that breaks off, run again, leaves what one that does not leaves. */
async function twiceIsOnce(given: readonly ReturnType<typeof letterOf>[], breaks: string, replay: Replay): Promise<boolean> {
  const [once, twice] = [await storesOf(given), await storesOf(given)];
  await replay({ ...once, nowMs: hourLater });
  const log = breaks === 'log' ? { ...twice.log, append: () => Promise.reject(gone) } : twice.log;
  const letters = breaks === 'resolve' ? { ...twice.letters, resolve: () => Promise.reject(gone) } : twice.letters;
  await replay({ log, letters, nowMs: hourLater }).catch(() => {});
  await replay({ ...twice, nowMs: hourLater });
  const { replayed, duplicate } = await replay({ ...twice, nowMs: hourLater });
  return replayed + duplicate === 0 && JSON.stringify(await contents(once)) === JSON.stringify(await contents(twice));
}
const broken = fc.tuple(fc.array(letter, { maxLength: 10 }), fc.constantFrom('log', 'resolve', 'none'));

/** A replay that takes letters off as it reads them, before their events are stored. */
const hasty: Replay = ({ letters, ...options }) => {
  async function* read() {
    for await (const page of letters.read()) {
      await letters.resolve(
        'default',
        page.map(({ letterId }) => letterId),
      );
      yield page;
    }
  }
  return replayDeadLetters({ ...options, letters: { ...letters, read } });
};

describe('tillcast replay --dead-letters', () => {
  it('twice does what once does, cut off or not', async () => {
    await fc.assert(
      fc.asyncProperty(broken, ([given, breaks]) => twiceIsOnce(given, breaks, replayDeadLetters)),
      { numRuns: 60 },
    );
  });

  it('which one that takes letters off before their events are stored does not', async () => {
    const property = fc.asyncProperty(broken, ([given, breaks]) => twiceIsOnce(given, breaks, hasty));
    expect((await fc.check(property, { numRuns: 60, seed: 1 })).failed).toBe(true);
  });

  it('accounts for each letter; a dry run changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(letter, { maxLength: 10 }), async (given) => {
        const stores = await storesOf(given);
        const before = await contents(stores);
        const dry = await replayDeadLetters({ ...stores, nowMs: hourLater, dryRun: true });
        expect(await contents(stores)).toEqual(before);
        const summary = await replayDeadLetters({ ...stores, nowMs: hourLater });
        expect(summary.letters).toBe(summary.replayed + summary.duplicate + summary.still_dead);
        expect(dry.letters).toBe(summary.letters);
        expect(dry.replayed).toBeGreaterThanOrEqual(summary.replayed);
      }),
      { numRuns: 40 },
    );
  });

  it('takes what has become right: an event from a clock that ran far ahead, known from now on', async () => {
    const { log, letters, ingestLines, metrics } = openToyIntake();
    const ahead = JSON.stringify(
      wireEvent('ahead', 'view_item', { event_time: new Date(fridayEvening + 1_800_000).toISOString() }),
    );
    await ingestLines(Readable.from([Buffer.from(`${'{}\n'.repeat(1_000)}${ahead}`)]));
    expect((await countedEvents(metrics)).dead).toBe(1);
    expect(await replayDeadLetters({ log, letters, nowMs: hourLater })).toEqual({
      ...{ letters: 1, replayed: 1, duplicate: 0, still_dead: 0, reasons: {} },
    });
    expect(await readAll(log)).toMatchObject([
      { eventId: 'ahead', eventTimeMs: fridayEvening + 1_800_000, receivedAtMs: hourLater },
    ]);
    expect(await letters.count()).toBe(0);
  });

  it('lets a poisonous event rest once the features take it', async () => {
    const { log, letters, ingest } = openToyIntake();
    await ingest([wireEvent('p', 'view_item', { items: [{ item_id: poisonItem }] })]);
    expect(await letters.count()).toBe(1);
    expect(await replayDeadLetters({ log, letters, nowMs: hourLater })).toMatchObject({
      replayed: 0,
      duplicate: 1,
      still_dead: 0,
    });
    expect(await letters.count()).toBe(0);
    expect((await readAll(log))[0]!.receivedAtMs).toBe(fridayEvening);
  });
});
