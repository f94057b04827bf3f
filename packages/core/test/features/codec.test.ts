import type { ShopEvent } from '@tillcast/core/events/event';
import { featureCatalog } from '@tillcast/core/features/catalog';
import { openByteSink, openByteSource } from '@tillcast/core/features/codec-bytes';
import { kindsAtMost, openCountsCodec, seriesAtMost } from '@tillcast/core/features/codec-counts';
import { keptOfEvents, openShopperCodec } from '@tillcast/core/features/codec-shopper';
import { putValue, readValue } from '@tillcast/core/features/codec-value';
import { defineFeature, type Feature } from '@tillcast/core/features/feature';
import { openEngine } from '@tillcast/core/features/feature-engine';
import { shopperNamed } from '@tillcast/core/features/shop-memory';
import type { ShopperMemory } from '@tillcast/core/features/shopper-memory';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shopEvent } from '../arbitraries/event.ts';
import { anyHistory, inKnowableOrder, LATENESS_MS, lateHistory, longLateHistory } from './histories.ts';

const numRuns = process.env.TILLCAST_LONG ? 10_000 : 200;
const shoppers = ['u:shopper-0', 'u:shopper-1', 'a:device'];
const shared = ['item', 'brand', 'category', 'shop'] as const;

/** Histories in which devices log in, so that a shopper's state also holds what was taken over. */
const withLogins = fc
  .tuple(lateHistory(40), fc.array(fc.nat(3), { minLength: 40, maxLength: 40 }))
  .map(([events, dice]) => events.map((event, at) => (dice[at] === 0 ? { ...event, anonymousId: 'device' } : event)));

function engineAfter(events: readonly ShopEvent[], allowedLatenessMs = LATENESS_MS) {
  const opened = openEngine({ timeZone: 'UTC', allowedLatenessMs });
  for (const event of inKnowableOrder(events)) opened.engine.apply(event);
  return opened;
}

const memoriesAfter = (events: readonly ShopEvent[], latenessMs?: number): ShopperMemory[] => {
  const shop = engineAfter(events, latenessMs).shopOf('default');
  return shoppers.map((shopper) => shopperNamed(shop, shopper)).filter((memory) => memory !== undefined);
};

/** What of a memory must come back; of events in the tail, the kept fields. */
const essence = ({ tail, number: _n, ...rest }: ShopperMemory) => ({
  ...rest,
  tail: tail.map((event) => Object.fromEntries(keptOfEvents.map((name) => [name, event[name]]))),
});

const { plan, histories } = openEngine({ timeZone: 'UTC' });
const codec = openShopperCodec(histories, featureCatalog);

function expectIdentity(memories: readonly ShopperMemory[], given = codec): void {
  for (const memory of memories) {
    const decoded = given.decode(given.encode(memory), memory.shopper, memory.number)!;
    // `toEqual` tells NaN from absent and 0 from −0; the bytes of a second encoding tell the order of keys as well.
    expect(essence(decoded)).toEqual(essence(memory));
    expect(given.encode(decoded)).toEqual(given.encode(memory));
  }
}

describe('the codec of a shopper’s state', () => {
  it('gives back every state a history can reach', () => {
    fc.assert(
      fc.property(fc.oneof(anyHistory(), withLogins), (events) => expectIdentity(memoriesAfter(events))),
      { numRuns },
    );
    fc.assert(
      fc.property(anyHistory(), (events) => expectIdentity(memoriesAfter(events, 0))),
      { numRuns: numRuns / 4 },
    );
  });

  it('so it does for long histories, and for events of any texts and amounts', () => {
    fc.assert(
      fc.property(longLateHistory(1_500), (events) => expectIdentity(memoriesAfter(events))),
      { numRuns: Math.max(2, numRuns / 100), endOnFailure: true },
    );
    const strange = fc
      .array(shopEvent, { maxLength: 20 })
      .map((events) => events.map((event) => ({ ...event, userId: 'shopper-0' })));
    fc.assert(
      fc.property(strange, (events) => expectIdentity(memoriesAfter(events.map(({ mark: _m, ...event }) => event)))),
      { numRuns },
    );
  });

  it('catches a fold that keeps what the codec does not', () => {
    const forgetful = {
      ...codec,
      decode: (...given: Parameters<typeof codec.decode>) => ({ ...codec.decode(...given)!, maxReceivedAtMs: 1 }),
    };
    expect(fc.check(fc.property(lateHistory(), (events) => expectIdentity(memoriesAfter(events), forgetful))).failed).toBe(true);
  });

  it('folding on from what was read gives the bits of folding on from what was written', () => {
    const property = fc.property(withLogins, fc.nat(40), (events, cut) => {
      const order = inKnowableOrder(events);
      const [straight, stored] = [engineAfter([]), engineAfter([])];
      order.forEach((event, at) => {
        straight.engine.apply(event);
        stored.engine.apply(event);
        if (at % (cut + 1) !== 0) return;
        const shop = stored.shopOf('default');
        stored.lookAgain();
        for (const memory of [...shop.shoppers.values()]) {
          const read = codec.decode(codec.encode(memory), memory.shopper, memory.number)!;
          shop.shoppers.set(memory.isDevice ? `\u0001${memory.shopper.slice(2)}` : memory.shopper.slice(2), read);
        }
      });
      const asOfMs = Math.max(0, ...order.map(({ receivedAtMs, eventTimeMs }) => Math.max(receivedAtMs, eventTimeMs)));
      for (const shopper of shoppers) {
        for (const itemId of ['item-0', 'item-3'])
          expect(stored.engine.row({ shopper, asOfMs, itemId })).toEqual(straight.engine.row({ shopper, asOfMs, itemId }));
        expect(stored.engine.shopper(shopper)).toEqual(straight.engine.shopper(shopper));
      }
    });
    fc.assert(property, { numRuns });
  });

  it('does not read another layout, and refuses bytes that make no sense', () => {
    const [memory] = memoriesAfter([]).concat(
      memoriesAfter(fc.sample(lateHistory(20), { numRuns: 20, seed: 7 }).flat().slice(0, 20)),
    );
    const bytes = codec.encode(memory!);
    const changed: Feature = defineFeature({ ...featureCatalog[0]!, version: 99 });
    expect(openShopperCodec(histories, [changed, ...featureCatalog.slice(1)]).decode(bytes, memory!.shopper, 0)).toBeUndefined();
    expect(codec.decode(Uint8Array.from([2, ...bytes.subarray(1)]), memory!.shopper, 0)).toBeUndefined();
    const refusal = expect.objectContaining({ code: 'INPUT_INVALID' });
    for (let length = 5; length < bytes.length; length += 1)
      expect(() => codec.decode(bytes.subarray(0, length), memory!.shopper, 0)).toThrow(refusal);
    expect(() => codec.decode(Uint8Array.from([...bytes, 0]), memory!.shopper, 0)).toThrow(refusal);
  });

  it('is compact: a shopper of fifty events takes less than the events', () => {
    const events = fc.sample(longLateHistory(150), { numRuns: 1, seed: 3 })[0]!;
    const told = JSON.stringify(events).length;
    const kept = memoriesAfter(events).reduce((sum, memory) => sum + codec.encode(memory).length, 0);
    expect(kept).toBeLessThan(told / 2);
  });
});

describe('the codec of plain values', () => {
  it('gives back every plain value to the bit', () => {
    const plain = fc.anything({
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withUnicodeString: true,
      maxDepth: 3,
      withNullPrototype: false,
      values: [
        fc.string(),
        fc.double(),
        fc.boolean(),
        fc.constantFrom(null, undefined, -0, Number.NEGATIVE_INFINITY, 2 ** 53, 224, '\ud800'),
      ],
    });
    fc.assert(
      fc.property(plain, (value) => {
        // A key such as __proto__ is nobody's field.
        fc.pre(
          !JSON.stringify(value, (_, held) => (held instanceof Map || held instanceof Set ? [...held] : held))?.includes(
            '__proto__',
          ),
        );
        const sink = openByteSink(1);
        putValue(sink, value);
        const source = openByteSource(sink.take());
        expect(readValue(source)).toStrictEqual(value);
        source.end();
      }),
      { numRuns: 150 },
    );
  });
});

describe.each(shared)('the counters of %s', (entity) => {
  const counts = openCountsCodec(plan[entity]);
  const statesOf = (events: readonly ShopEvent[]): unknown[] =>
    events.reduce(
      (states, event) => states.map((state, at) => plan[entity].folds[at]!(state, event, event.items[0])),
      plan[entity].fresh(),
    );

  it('add up, event by event and in any order, to the folded states', () => {
    const shuffled = anyHistory(40).chain((events) =>
      fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })),
    );
    fc.assert(
      fc.property(shuffled, ([events, order]) => {
        const added = new Map<number, number>();
        for (const event of order) counts.addEvent(added, event, event.items[0]);
        expect(counts.states(rowsOf(added))).toEqual(statesOf(events));
      }),
      { numRuns: 3 * numRuns },
    );
  });

  it('are those of the states, and give them back', () => {
    fc.assert(
      fc.property(anyHistory(40), (events) => {
        const states = statesOf(events);
        expect(counts.states(counts.rows(states))).toEqual(states);
      }),
      { numRuns },
    );
  });

  /** What a store makes of counts that were added one after the other. */
  function rowsOf(added: ReadonlyMap<number, number>): number[][] {
    return counts.series.map(({ span, width }, series) => {
      const own = [...added].filter(([name]) => name % seriesAtMost === series);
      const row = (bucket: number): number[] => {
        const counters = new Array<number>(span > 0 ? width + 1 : width).fill(0);
        for (const [name, by] of own) {
          const rest = Math.floor(name / seriesAtMost);
          if (Math.floor(rest / kindsAtMost) === bucket) counters[rest % kindsAtMost]! += by;
        }
        if (span > 0) counters[0] = bucket;
        return counters;
      };
      const buckets = [...new Set(own.map(([name]) => Math.floor(name / seriesAtMost / kindsAtMost)))].sort((a, b) => b - a);
      if (span === 0) return row(0);
      return buckets.filter((bucket) => bucket > buckets[0]! - span).flatMap(row);
    });
  }
});
