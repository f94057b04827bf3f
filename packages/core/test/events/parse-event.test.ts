import { type EventName, eventNames } from '@tillcast/core/events/event';
import { limits } from '@tillcast/core/events/limits';
import { parseEvent } from '@tillcast/core/events/parse-event';
import { parseRecord, toRecord } from '@tillcast/core/events/record';
import { toWire } from '@tillcast/core/events/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { originMs, shopEvent } from '../arbitraries/event.ts';

const clock = { receivedAtMs: Date.UTC(2026, 10, 20, 12) };
const view = {
  event_id: 'e1',
  event: 'view_item',
  event_time: '2026-11-20T11:00:00Z',
  user_id: 'ana',
  items: [{ item_id: 'p1' }],
};

/** The pointers of everything that is wrong with a view changed like this. */
function wrong(change: Record<string, unknown>): string[] {
  const parsed = parseEvent({ ...view, ...change }, clock);
  return parsed.ok ? [] : parsed.problems.map(({ pointer }) => pointer);
}

describe('parseEvent', () => {
  it('gives back what toWire wrote, over JSON', () => {
    fc.assert(
      fc.property(shopEvent, ({ sequence: _, backfilled: _b, mark: _m, ...event }) => {
        const parsed = parseEvent(JSON.parse(JSON.stringify(toWire(event))), {
          receivedAtMs: event.receivedAtMs,
          tenant: event.tenant,
        });
        expect(parsed).toStrictEqual({ ok: true, event });
      }),
      { numRuns: 300 },
    );
  });

  it('never throws, and answers problems or an event, whatever it is given', () => {
    const anything = fc.oneof(
      fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withSparseArray: true }),
      fc.record({
        event: fc.constantFrom(...eventNames),
        items: fc.anything(),
        context: fc.anything(),
        event_time: fc.anything(),
        user_id: fc.anything(),
      }),
    );
    fc.assert(
      fc.property(anything, (value) => {
        const parsed = parseEvent(value, clock);
        expect(parsed.ok || parsed.problems.length > 0).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('tells all problems at once, each with its place', () => {
    const parsed = parseEvent(
      {
        event: 'look',
        event_time: 'yesterday',
        colour: 'red',
        items: [{ item_id: '', price: -1, quantity: 1.5, size: 'L' }],
        value: Number.NaN,
        currency: 'eur',
        consent: 'yes',
        context: { a: { b: 1 } },
      },
      clock,
    );
    expect(parsed.ok ? [] : parsed.problems.map(({ pointer }) => pointer).sort()).toEqual([
      '/colour',
      '/consent',
      '/context/a',
      '/currency',
      '/event',
      '/event_id',
      '/event_time',
      '/items/0/item_id',
      '/items/0/price',
      '/items/0/quantity',
      '/items/0/size',
      '/user_id',
      '/value',
    ]);
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['event_id', { event_id: 'x'.repeat(limits.idLength) }, { event_id: 'x'.repeat(limits.idLength + 1) }],
    ['brand', { items: [{ item_id: 'p', brand: 'x'.repeat(1_024) }] }, { items: [{ item_id: 'p', brand: 'x'.repeat(1_025) }] }],
    ['items', { items: Array(200).fill({ item_id: 'p' }) }, { items: Array(201).fill({ item_id: 'p' }) }],
    ['price', { items: [{ item_id: 'p', price: 0 }] }, { items: [{ item_id: 'p', price: -0.01 }] }],
    ['huge price', { items: [{ item_id: 'p', price: 1e12 }] }, { items: [{ item_id: 'p', price: 1.1e12 }] }],
    ['infinite price', {}, { items: [{ item_id: 'p', price: Number.POSITIVE_INFINITY }] }],
    ['quantity', { items: [{ item_id: 'p', quantity: 1 }] }, { items: [{ item_id: 'p', quantity: 0 }] }],
    [
      'context keys',
      { context: Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`k${i}`, i])) },
      { context: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`k${i}`, i])) },
    ],
    ['the year 2000', { event_time: limits.earliestMs }, { event_time: limits.earliestMs - 1 }],
    [
      'a clock ahead',
      { event_time: clock.receivedAtMs + limits.clockAheadMs },
      { event_time: clock.receivedAtMs + limits.clockAheadMs + 1 },
    ],
    ['an epoch in milliseconds', { event_time: originMs }, { event_time: originMs / 1_000 }],
    ['a whole epoch', { event_time: originMs }, { event_time: originMs + 0.5 }],
    ['a day that exists', { event_time: '2024-02-29T00:00:00Z' }, { event_time: '2025-02-29T00:00:00Z' }],
    ['a zone', { event_time: '2025-02-28T00:00:00+14:00' }, { event_time: '2025-02-28T00:00:00' }],
    ['text', { user_id: 'ünïcödé 😀' }, { user_id: 42 }],
    ['whole surrogates', { user_id: '😀' }, { user_id: '\ud83d' }],
    ['printable text', { user_id: 'a b' }, { user_id: 'a\u0000b' }],
    ['printable context', { context: { a: 'b' } }, { context: { a: 'b\u0007' } }],
    ['someone', { user_id: undefined, anonymous_id: 'd1' }, { user_id: undefined }],
    ['an item in a view', {}, { items: [] }],
  ])('accepts %s at the limit and refuses it above', (_name, at, above) => {
    const given = (change: Record<string, unknown>) =>
      Object.fromEntries(Object.entries({ ...view, ...change }).filter(([, value]) => value !== undefined));
    expect(parseEvent(given(at), clock)).toMatchObject({ ok: true });
    expect(parseEvent(given(above), clock)).toMatchObject({ ok: false });
  });

  it('wants an item where the event is about one, and only there', () => {
    const about: EventName[] = ['view_item', 'select_item', 'add_to_cart', 'remove_from_cart', 'purchase', 'refund'];
    for (const event of eventNames) expect(wrong({ event, items: [] })).toEqual(about.includes(event) ? ['/items'] : []);
    expect(wrong({ event: 'refund', items: [], transaction_id: 'o1' })).toEqual([]);
  });

  it('takes synonyms of category and brand, and refuses a contradiction', () => {
    expect(parseEvent({ ...view, items: [{ item_id: 'p', category_code: 'a.b', item_brand: 'x' }] }, clock)).toMatchObject({
      event: { items: [{ category: 'a.b', brand: 'x' }] },
    });
    expect(wrong({ items: [{ item_id: 'p', category: 'a', category_code: 'b' }] })).toEqual(['/items/0/category_code']);
  });

  it('clamps a clock that runs ahead to the arrival and keeps what it said', () => {
    const claimedTimeMs = clock.receivedAtMs + 60_000;
    expect(parseEvent({ ...view, event_time: claimedTimeMs }, clock)).toMatchObject({
      event: { eventTimeMs: clock.receivedAtMs, claimedTimeMs },
    });
  });

  it('is not fooled by __proto__', () => {
    expect(wrong(JSON.parse('{"__proto__": {"x": 1}}'))).toEqual(['/__proto__']);
    expect(parseEvent(JSON.parse(`${JSON.stringify(view).slice(0, -1)},"__proto__":{"user_id":"eve"}}`), clock)).toMatchObject({
      ok: false,
    });
    expect(parseEvent({ ...view, context: JSON.parse('{"__proto__": 1}') }, clock)).toMatchObject({ ok: false });
    const inherited = Object.assign(Object.create({ user_id: 'eve' }), { ...view, user_id: undefined });
    expect(parseEvent(inherited, clock)).toMatchObject({ ok: false });
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
  });

  it('lists a hundred problems at most', () => {
    const parsed = parseEvent(Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`f${i}`, 1])), clock);
    expect(parsed.ok ? 0 : parsed.problems.length).toBe(limits.problems);
  });
});

describe('parseRecord', () => {
  it('gives back what toRecord wrote, over JSON', () => {
    fc.assert(
      fc.property(shopEvent, (event) => {
        expect(parseRecord(JSON.parse(JSON.stringify(toRecord(event))), clock)).toStrictEqual({ ok: true, event });
      }),
      { numRuns: 300 },
    );
  });

  it('takes history without an arrival time for known when it happened', () => {
    const eventTimeMs = Date.UTC(2026, 10, 20, 11);
    expect(parseRecord(view, { ...clock, sequence: 7 })).toMatchObject({
      event: { eventTimeMs, receivedAtMs: eventTimeMs, backfilled: true, sequence: 7 },
    });
  });

  it('refuses what only we may write when it is wrong', () => {
    const parsed = parseRecord({ ...view, tenant: '', received_at: 'now', sequence: -1, backfilled: 'yes' }, clock);
    expect(parsed.ok ? [] : parsed.problems.map(({ pointer }) => pointer)).toEqual([
      '/tenant',
      '/received_at',
      '/sequence',
      '/backfilled',
    ]);
    expect(parseEvent({ ...view, received_at: '2026-11-20T11:00:00Z' }, clock)).toMatchObject({ ok: false });
  });
});
