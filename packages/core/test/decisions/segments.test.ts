import { readFileSync } from 'node:fs';
import { bucketsOf, intentOf } from '@tillcast/core/decisions/segments/intent';
import { joinLedger, noteEvent, openLedgers, type ShopperLedger } from '@tillcast/core/decisions/segments/ledger';
import { defaultLifecycle, lifecycleOf, lifecycles } from '@tillcast/core/decisions/segments/lifecycle';
import { chanceAlive, expectedOrders, expectedValue, hypergeometric } from '@tillcast/core/decisions/segments/lifetime-value';
import { cutOf } from '@tillcast/core/decisions/segments/membership';
import { parseSegments } from '@tillcast/core/decisions/segments/parse-segments';
import { purchasesOf } from '@tillcast/core/decisions/segments/purchases';
import { realisedQuality } from '@tillcast/core/decisions/segments/quality';
import { fifths, rfmName, rfmNames } from '@tillcast/core/decisions/segments/rfm';
import { openSurvey } from '@tillcast/core/decisions/segments/survey';
import { takeStock } from '@tillcast/core/decisions/segments/take-stock';
import type { ShopEvent } from '@tillcast/core/events/event';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseComparison } from './toy-rules.ts';

const dayMs = 86_400_000;
const nowMs = 400 * dayMs;

let counter = 0;
const shopEvent = (over: Partial<ShopEvent>): ShopEvent => ({
  ...{ tenant: 'default', eventId: `e${counter++}`, event: 'purchase', eventTimeMs: 0, receivedAtMs: 0, items: [] },
  ...over,
});
const anyEvent = fc.record({
  shopper: fc.constantFrom('u:ana', 'u:ben', 'u:eve', 'a:d1'),
  event: fc.constantFrom('view_item' as const, 'purchase' as const, 'refund' as const),
  eventTimeMs: fc.integer({ min: 0, max: nowMs }),
  cents: fc.integer({ min: 0, max: 99_999 }),
  consent: fc.option(fc.boolean(), { nil: undefined }),
});
type AnyEvent = typeof anyEvent extends fc.Arbitrary<infer T> ? T : never;

const eventOf = ({ event, eventTimeMs, cents, consent }: AnyEvent): ShopEvent =>
  shopEvent({
    ...{ event, eventTimeMs, receivedAtMs: eventTimeMs, items: [{ itemId: 'i', price: cents / 100, quantity: 1 }] },
    ...(consent === undefined ? {} : { consent }),
  });
const ledgersOf = (events: readonly AnyEvent[]): Map<string, ShopperLedger> => {
  const ledgers = openLedgers();
  for (const one of events) ledgers.note(one.shopper, eventOf(one));
  return new Map(ledgers.all);
};
const history = fc.array(anyEvent, { maxLength: 80 });

describe('ledgers', () => {
  it('are a direct count of the log', () => {
    fc.assert(
      fc.property(history, (events) => {
        for (const [shopper, ledger] of ledgersOf(events)) {
          const own = events.filter((one) => one.shopper === shopper);
          const bought = own.filter(({ event }) => event === 'purchase');
          expect(ledger.orders).toBe(bought.length);
          expect(ledger.spentCents).toBe(bought.reduce((sum, { cents }) => sum + cents, 0));
          expect(ledger.refunds).toBe(own.filter(({ event }) => event === 'refund').length);
          expect(ledger.lastSeenMs).toBe(Math.max(...own.map(({ eventTimeMs }) => eventTimeMs)));
          const days = [...new Set(bought.map(({ eventTimeMs }) => Math.floor(eventTimeMs / dayMs)))].sort((a, b) => a - b);
          expect(ledger.orderDays).toEqual(days);
          expect(ledger.dayCents.reduce((sum, cents) => sum + cents, 0)).toBe(ledger.spentCents);
        }
      }),
    );
  });

  it('do not depend on the order of events, nor on whether a device’s history was joined before or after', () => {
    fc.assert(
      fc.property(history, fc.nat(), (events, turn) => {
        const at = events.length === 0 ? 0 : turn % events.length;
        const turned = [...events.slice(at), ...events.slice(0, at)];
        expect(ledgersOf(turned)).toEqual(ledgersOf(events));
        const asOne = ledgersOf(events.map((one) => ({ ...one, shopper: 'u:ana' }))).get('u:ana');
        const [first, ...rest] = [...ledgersOf(events).values()];
        for (const other of rest) joinLedger(first!, other);
        expect(first).toEqual(asOne);
      }),
    );
  });

  it('notice an event counted twice', () => {
    const ledgers = openLedgers();
    const event = shopEvent({ items: [{ itemId: 'i', price: 1, quantity: 1 }] });
    ledgers.note('u:ana', event);
    const once = structuredClone(ledgers.all.get('u:ana')!);
    noteEvent(ledgers.all.get('u:ana')!, event);
    expect(ledgers.all.get('u:ana')).not.toEqual(once);
  });
});

describe('recency, frequency, monetary value', () => {
  it('fifths are the definition, counted directly: 1 + ⌊5 · share that has less⌋', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1 }), (values) => {
        const direct = values.map(
          (value) => 1 + Math.floor((5 * values.filter((other) => other < value).length) / values.length),
        );
        expect([...fifths(Float64Array.from(values))]).toEqual(direct);
      }),
    );
  });

  it('every cell of the grid has one name, and every name a cell', () => {
    const cells = [1, 2, 3, 4, 5].flatMap((r) => [1, 2, 3, 4, 5].map((f) => rfmName(r, f)));
    expect(new Set(cells)).toEqual(new Set(rfmNames));
  });
});

describe('lifecycle', () => {
  const ledger = (...days: number[]) => {
    const ledgers = openLedgers();
    for (const day of days) ledgers.note('u:ana', shopEvent({ eventTimeMs: day * dayMs }));
    return ledgers.all.get('u:ana')!;
  };
  it.each([
    ['new', [390]],
    ['active', [300, 390]],
    ['won_back', [100, 390]],
    ['at_risk', [100, 340]],
    ['lost', [100, 220]],
    ['at_risk', [340]],
  ] as const)('%s', (expected, days) => expect(lifecycleOf(ledger(...days), nowMs, defaultLifecycle)).toBe(expected));

  it('who never ordered is a visitor', () => {
    const ledgers = openLedgers();
    ledgers.note('a:d', shopEvent({ event: 'view_item' }));
    expect(lifecycleOf(ledgers.all.get('a:d')!, nowMs, defaultLifecycle)).toBe('visitor');
  });
});

const isOneOf = (fact: 'lifecycle' | 'rfm', name: string) => ({
  id: `${fact}-${name}`.replaceAll('_', '-'),
  title: new Map([['en', name]]),
  membership: {
    kind: 'rule' as const,
    source: '',
    when: { kind: 'compare', operator: '==', left: { kind: 'fact', name: fact }, right: { kind: 'value', value: name } } as const,
  },
});
const surveyOf = (ledgers: ReadonlyMap<string, ShopperLedger>, chances = new Map<string, number>()) =>
  openSurvey({ ledgers, asOfMs: nowMs, lifecycle: defaultLifecycle, chances, lifetime: undefined, margin: 0.5 });

describe('segments', () => {
  const partition = [...lifecycles.map((name) => isOneOf('lifecycle', name)), ...rfmNames.map((name) => isOneOf('rfm', name))];

  it('lifecycles part the shoppers, cells part the buyers; sizes and overlaps add up', () => {
    fc.assert(
      fc.property(history, (events) => {
        const ledgers = ledgersOf(events);
        const seen: number[][] = [];
        const stock = takeStock({ segments: partition }, surveyOf(ledgers), (_, __, places) => void seen.push([...places]));
        const sizes = stock.segments.map(({ size }) => size);
        const sum = (list: readonly number[]) => list.reduce((total, one) => total + one, 0);
        const buyers = [...ledgers.values()].filter(({ orders }) => orders > 0).length;
        expect(sum(sizes.slice(0, lifecycles.length))).toBe(ledgers.size);
        expect(sum(sizes.slice(lifecycles.length))).toBe(buyers);
        expect(seen).toHaveLength(ledgers.size);
        for (const [a, row] of stock.shared.entries()) {
          expect(row[a]).toBe(sizes[a]);
          for (const [b, both] of row.entries()) {
            expect(both).toBe(seen.filter((places) => places.includes(a) && places.includes(b)).length);
            expect(stock.shared[b]![a]).toBe(both);
          }
        }
      }),
    );
  });

  it('a partition with a cell left out is noticed', () => {
    const ledgers = ledgersOf([{ shopper: 'u:ana', event: 'view_item', eventTimeMs: 0, cents: 0, consent: undefined }]);
    const stock = takeStock({ segments: partition.slice(1) }, surveyOf(ledgers));
    expect(stock.segments.reduce((total, { size }) => total + size, 0)).toBe(0);
  });

  it('the highest share of a score holds no more than the share, tears no tie, and leaves nobody above it out', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 6 })), fc.double({ min: 0.01, max: 1, noNaN: true }), (values, top) => {
        const scores = Float64Array.from([...values, Number.NaN]);
        const cut = cutOf(scores, top);
        const inside = values.filter((value) => value >= cut);
        expect(inside.length).toBeLessThanOrEqual(Math.floor(top * values.length));
        const next = Math.max(...values.filter((value) => value < cut));
        if (Number.isFinite(next)) {
          const more = values.filter((value) => value >= next).length;
          expect(more).toBeGreaterThan(Math.floor(top * values.length));
        }
      }),
    );
  });
});

describe('intent', () => {
  it('buckets hold everyone once, the likeliest first, and expect as many buyers as the chances say', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 120 }), (list) => {
        const chances = Float64Array.from(list);
        const made = intentOf(chances, bucketsOf(chances));
        expect(made.reduce((sum, { shoppers }) => sum + shoppers, 0)).toBe(list.length);
        const expected = made.reduce((sum, { expectedBuyers }) => sum + expectedBuyers, 0);
        expect(expected).toBeCloseTo(
          list.reduce((sum, chance) => sum + chance, 0),
          9,
        );
        const filled = made.filter(({ shoppers }) => shoppers > 0);
        for (const [index, { highest }] of filled.entries())
          if (index > 0) expect(highest).toBeLessThan(filled[index - 1]!.lowest);
      }),
    );
  });

  it('what was expected is compared with what came, and a score turned round is poor', () => {
    const chances = Float64Array.from({ length: 1_000 }, (_, index) => (index + 0.5) / 1_000);
    const bought = Uint8Array.from(chances, (chance, index) => (((index * 7_919) % 1_000) / 1_000 < chance ? 1 : 0));
    const right = realisedQuality(chances, bought);
    expect(right.expected).toBeCloseTo(500, 9);
    expect(right).toMatchObject({ asked: 1_000, isCalibrated: true, badge: 'good' });
    const turned = realisedQuality(
      chances.map((chance) => 1 - chance),
      bought,
    );
    expect(turned).toMatchObject({ score: 0, badge: 'poor' });
    const doubled = realisedQuality(
      chances.map((chance) => Math.min(1, 2 * chance)),
      bought,
    );
    expect(doubled.isCalibrated).toBe(false);
    expect(realisedQuality(chances.slice(0, 5), bought.slice(0, 5)).badge).toBe('too few buyers yet');
  });
});

interface Cdnow {
  readonly bg_nbd: Parameters<typeof expectedOrders>[0];
  readonly gamma_gamma: Parameters<typeof expectedValue>[0];
  readonly predictions: {
    readonly purchases: readonly [number, number, number, number];
    readonly alive: number;
    readonly orders: Readonly<Record<string, number>>;
    readonly value: number;
  }[];
}

describe('lifetime value', () => {
  const fixture = new URL('../../../../fixtures/clv/cdnow.json', import.meta.url);
  const { bg_nbd, gamma_gamma, predictions } = JSON.parse(readFileSync(fixture, 'utf8')) as Cdnow;

  it('is what lifetimes says of the CDNOW sample', () => {
    expect(predictions.length).toBeGreaterThanOrEqual(40);
    for (const { purchases, alive, orders, value } of predictions) {
      const [repeats, lastDay, age, meanValue] = purchases;
      const own = { repeats, lastDay, age, meanValue };
      expect(Math.abs(chanceAlive(bg_nbd, own) - alive)).toBeLessThanOrEqual(1e-9);
      for (const [days, expected] of Object.entries(orders))
        expect(Math.abs(expectedOrders(bg_nbd, own, Number(days)) - expected)).toBeLessThanOrEqual(1e-6);
      expect(Math.abs(expectedValue(gamma_gamma, own) - value)).toBeLessThanOrEqual(1e-6);
    }
  });

  it('the comparison notices a last order that is taken for the first', () => {
    const { purchases, alive } = predictions.find((one) => one.purchases[0] > 0)!;
    const [repeats, , age, meanValue] = purchases;
    expect(Math.abs(chanceAlive(bg_nbd, { repeats, lastDay: 0, age, meanValue }) - alive)).toBeGreaterThan(1e-3);
  });

  it('expects more orders of more days, none of no days, and goes on through a = 1', () => {
    const own = { repeats: 2, lastDay: 50, age: 90, meanValue: 20 };
    expect(expectedOrders(bg_nbd, own, 0)).toBeCloseTo(0, 12);
    expect(expectedOrders(bg_nbd, own, 60)).toBeGreaterThan(expectedOrders(bg_nbd, own, 30));
    const [below, at, above] = [0.999, 1, 1.001].map((a) => expectedOrders({ ...bg_nbd, a }, own, 60));
    expect(Math.abs(at! - (below! + above!) / 2)).toBeLessThan(1e-5);
    // ₂F₁(1, 1; 2; z) = −ln(1 − z) / z.
    expect(hypergeometric(1, 1, 2, 0.9)).toBeCloseTo(-Math.log(0.1) / 0.9, 12);
  });

  it('sees days with an order, and none after the moment it is asked about', () => {
    const ledgers = openLedgers();
    const at = (day: number, price: number) =>
      ledgers.note('u:a', shopEvent({ eventTimeMs: day * dayMs, items: [{ itemId: 'i', price, quantity: 1 }] }));
    for (const [day, price] of [
      [10, 5],
      [10, 7],
      [30, 20],
      [50, 40],
      [90, 100],
    ] as const)
      at(day, price);
    const ledger = ledgers.all.get('u:a')!;
    expect(purchasesOf(ledger, 60 * dayMs)).toEqual({ repeats: 2, lastDay: 40, age: 50, meanValue: 30 });
    expect(purchasesOf(ledger, 5 * dayMs)).toBeUndefined();
  });
});

describe('reading segments', () => {
  const read = (data: unknown) => parseSegments(data, parseComparison);
  const segment = { id: 'big', title: 'Big spenders', when: 'spend > 100' };
  it.each([
    ['both kinds', { segments: [{ ...segment, score: 'clv', top: 0.1 }] }, 'segments[0]: needs either when, or score and top'],
    [
      'a score that is none',
      { segments: [{ id: 'a', title: 't', score: 'luck', top: 0.1 }] },
      'segments[0].score: must be one of probability',
    ],
    [
      'a share above all',
      { segments: [{ id: 'a', title: 't', score: 'clv', top: 5 }] },
      'segments[0].top: must be a share above 0',
    ],
    [
      'lost before at risk',
      { segments: [], lifecycle: { at_risk_days: 60, lost_days: 30 } },
      '30 must be greater than at_risk_days, 60',
    ],
    [
      'a destination of nobody',
      { segments: [segment], destinations: [{ segment: 'none', url: 'https://x' }] },
      'there is no segment "none"; those are big',
    ],
    ['the same id twice', { segments: [segment, segment] }, 'the id "big" is there twice'],
    ['a stranger', { segments: [{ ...segment, sql: 'drop' }] }, 'segments[0].sql: is not a field here'],
  ])('refuses %s, naming the place', (_what, data, says) => expect(() => read(data)).toThrow(says));

  it('takes rules and scores', () => {
    const file = read({ segments: [segment, { id: 'best', title: { en: 'Best' }, score: 'clv', top: 0.05 }] });
    expect(file.segments.map(({ membership }) => membership.kind)).toEqual(['rule', 'score']);
    expect(file.clvDays).toBe(365);
  });
});
