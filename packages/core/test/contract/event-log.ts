import { compareEvents, knowableAtMs, type ShopEvent } from '@tillcast/core/events/event';
import type { EventLog, EventQuery } from '@tillcast/core/ports/event-log';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anEvent, originMs, shopEvent } from '../arbitraries/event.ts';

/** Everything a query yields. */
export async function readAll(log: EventLog, query?: EventQuery): Promise<ShopEvent[]> {
  const all: ShopEvent[] = [];
  for await (const batch of log.read(query)) all.push(...batch);
  return all;
}

/** What is inside identity. */
const identityOf = ({
  sequence: _s,
  receivedAtMs: _r,
  backfilled: _b,
  mark: _m,
  claimedTimeMs,
  eventTimeMs,
  ...rest
}: ShopEvent) =>
  JSON.stringify(rest, Object.keys(rest).sort()) +
  JSON.stringify([rest.items, rest.context && Object.entries(rest.context).sort(), claimedTimeMs ?? eventTimeMs]);

/** A batch history: few ids, so that duplicates and conflicts are common. */
const history = fc.array(
  fc.array(
    fc
      .tuple(shopEvent, fc.constantFrom('a', 'b', 'c', '\u{fffd}', '😀'), fc.constantFrom('as it is', 'as the first'))
      .map(([event, eventId, body]) => ({ event: { ...event, eventId }, body })),
    { maxLength: 6 },
  ),
  { maxLength: 4 },
);

/** One sentence of the port: it holds for a fresh log (and as many more as it opens), or throws. */
export type Law = (log: EventLog, open: () => EventLog) => Promise<void>;

/** The sentences of the port `EventLog`. Plain functions, so that a planted fault can be shown to break them. */
export const eventLogLaws: Readonly<Record<string, Law>> = {
  'gives back what was appended, whatever it holds': async (_log, open) => {
    await fc.assert(
      fc.asyncProperty(shopEvent, async (event) => {
        const fresh = open();
        try {
          await fresh.append([event]);
          expect(await readAll(fresh, { tenant: event.tenant })).toStrictEqual([event]);
        } finally {
          await fresh.close();
        }
      }),
      { numRuns: 60 },
    );
  },

  'is a set by (tenant, event id): the first body stays, the same again is a duplicate, another a conflict': async (
    _log,
    open,
  ) => {
    await fc.assert(
      fc.asyncProperty(history, async (batches) => {
        const fresh = open();
        const model = new Map<string, ShopEvent>();
        try {
          for (const batch of batches) {
            const events = batch.map(({ event, body }) => {
              const first = model.get(`${event.tenant}/${event.eventId}`);
              return body === 'as the first' && first !== undefined
                ? { ...first, sequence: 9, receivedAtMs: first.receivedAtMs + 1 }
                : event;
            });
            const expected = { accepted: 0, duplicate: 0, conflicts: [] as number[], acceptedIndexes: [] as number[] };
            events.forEach((event, index) => {
              const key = `${event.tenant}/${event.eventId}`;
              const stored = model.get(key);
              if (stored === undefined) {
                model.set(key, event);
                expected.accepted += 1;
                expected.acceptedIndexes.push(index);
              } else if (identityOf(stored) === identityOf(event)) expected.duplicate += 1;
              else expected.conflicts.push(index);
            });
            expect(await fresh.append(events)).toEqual(expected);
          }
          for (const tenant of ['default', 'other']) {
            const stored = [...model.values()].filter((event) => event.tenant === tenant);
            expect(await readAll(fresh, { tenant, batch: 2 })).toStrictEqual(stored.toSorted(compareEvents));
            expect(await readAll(fresh, { tenant, batch: 3, order: 'knowable' })).toStrictEqual(
              stored.toSorted((a, b) => knowableAtMs(a) - knowableAtMs(b) || compareEvents(a, b)),
            );
            expect(await fresh.count(tenant)).toBe(stored.length);
          }
          expect(await fresh.count()).toBe(model.size);
        } finally {
          await fresh.close();
        }
      }),
      { numRuns: 120 },
    );
  },

  'gives the same order whatever the order of arrival': async (_log, open) => {
    const events = fc
      .uniqueArray(shopEvent, { selector: ({ eventId }) => eventId, maxLength: 12 })
      .map((list) => list.map((event) => ({ ...event, tenant: 'default' })));
    const permuted = events.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
    await fc.assert(
      fc.asyncProperty(permuted, async ([straight, shuffled]) => {
        const [one, two] = [open(), open()];
        try {
          await one.append(straight);
          for (const event of shuffled) await two.append([event]);
          for (const order of ['event', 'knowable'] as const)
            expect(await readAll(one, { order })).toStrictEqual(await readAll(two, { order }));
        } finally {
          await Promise.all([one.close(), two.close()]);
        }
      }),
      { numRuns: 25 },
    );
  },

  'ends ties in the code points of the id, as the bytes of its UTF-8 sort': async (log) => {
    await log.append(['😀', '\u{fffd}', 'b', 'ba', 'a'].map((eventId) => anEvent({ eventId })));
    for (const order of ['event', 'knowable'] as const) {
      expect((await readAll(log, { order, batch: 2 })).map(({ eventId }) => eventId)).toEqual(['a', 'b', 'ba', '\u{fffd}', '😀']);
    }
  },

  'lets concurrent appends of one id count once': async (log) => {
    const results = await Promise.all(Array.from({ length: 20 }, () => log.append([anEvent(), anEvent({ eventId: 'e2' })])));
    expect(results.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(2);
    expect(results.reduce((sum, { duplicate }) => sum + duplicate, 0)).toBe(38);
    expect(await log.count()).toBe(2);
  },

  'takes a retry from a clock that ran ahead for a duplicate, though it arrives later': async (log) => {
    const claimedTimeMs = originMs + 60_000;
    const first = anEvent({ claimedTimeMs });
    const clampedAgain = anEvent({ claimedTimeMs, eventTimeMs: originMs + 1_000, receivedAtMs: originMs + 1_000 });
    const caughtUp = anEvent({ eventTimeMs: claimedTimeMs, receivedAtMs: originMs + 90_000 });
    expect(await log.append([first, clampedAgain, caughtUp])).toMatchObject({ accepted: 1, duplicate: 2 });
    expect(await readAll(log)).toStrictEqual([first]);
  },

  'reads from a moment on, and up to but without another': async (log) => {
    await log.append([0, 1, 2, 3].map((ms) => anEvent({ eventId: `e${ms}`, eventTimeMs: originMs + ms })));
    for (const order of ['event', 'knowable'] as const) {
      const read = await readAll(log, { fromMs: originMs + 1, untilMs: originMs + 3, batch: 1, order });
      expect(read.map(({ eventId }) => eventId)).toEqual(['e1', 'e2']);
    }
  },

  'yields batches of the asked size, and no empty ones': async (log) => {
    await log.append(Array.from({ length: 5 }, (_, i) => anEvent({ eventId: `e${i}` })));
    const sizes: number[] = [];
    for await (const batch of log.read({ batch: 2 })) sizes.push(batch.length);
    expect(sizes).toEqual([2, 2, 1]);
    expect(await readAll(log, { tenant: 'nobody' })).toEqual([]);
  },

  'goes on taking events while someone reads': async (log) => {
    await log.append([anEvent({ eventId: 'e1' }), anEvent({ eventId: 'e2' })]);
    for await (const _ of log.read({ batch: 1 })) await log.append([anEvent({ eventId: 'late' })]);
    expect(await log.count()).toBe(3);
  },

  'keeps its own copy: changing what was given or read changes nothing stored': async (log) => {
    const given = anEvent();
    const ack = log.append([given]);
    Object.assign(given.items[0]!, { price: 1 });
    await ack;
    Object.assign((await readAll(log))[0]!.items[0]!, { price: 2 });
    expect((await readAll(log))[0]!.items[0]!.price).toBe(199.9);
  },

  'erases what it is told, of that tenant alone, and once': async (log) => {
    const [a, b, theirs] = [anEvent({ eventId: 'a' }), anEvent({ eventId: 'b' }), anEvent({ eventId: 'a', tenant: 'other' })];
    await log.append([a, b, theirs]);
    const gone = (await readAll(log)).filter(({ eventId }) => eventId === 'a');
    expect(await log.erase([...gone, anEvent({ eventId: 'never there' })])).toBe(1);
    expect(await log.erase(gone)).toBe(0);
    expect(await readAll(log)).toStrictEqual([b]);
    expect(await readAll(log, { order: 'knowable' })).toStrictEqual([b]);
    expect(await readAll(log, { tenant: 'other' })).toStrictEqual([theirs]);
    expect(await log.count()).toBe(2);
    expect(await log.append([{ ...a, event: 'purchase' }])).toMatchObject({ accepted: 1 });
  },

  'refuses every call after close': async (log) => {
    await log.append([anEvent()]);
    await log.check();
    await log.close();
    const refusal = expect.objectContaining({ code: 'STORE_UNAVAILABLE' });
    await expect(log.append([anEvent()])).rejects.toEqual(refusal);
    await expect(log.count()).rejects.toEqual(refusal);
    await expect(log.check()).rejects.toEqual(refusal);
    await expect(log.erase([anEvent()])).rejects.toEqual(refusal);
    await expect(readAll(log)).rejects.toEqual(refusal);
  },
};

/** The sentences of the port `EventLog`, as tests; every store runs them. */
export function eventLogContract(open: () => EventLog): void {
  it.each(Object.keys(eventLogLaws))('%s', async (name) => {
    const log = open();
    try {
      await eventLogLaws[name]!(log, open);
    } finally {
      await log.close();
    }
  });
}
