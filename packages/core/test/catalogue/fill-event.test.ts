import { compareFacts, foldFacts } from '@tillcast/core/catalogue/facts';
import { fillEvent } from '@tillcast/core/catalogue/fill-event';
import { type CatalogueView, openCatalogueView } from '@tillcast/core/catalogue/view';
import { knowableAtMs, type ShopEvent } from '@tillcast/core/events/event';
import type { FactQuestion, ItemFact } from '@tillcast/core/ports/item-catalogue';
import { openConvert } from '@tillcast/core/shop/convert';
import { parseShopSettings } from '@tillcast/core/shop/parse-settings';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anEvent, originMs } from '../arbitraries/event.ts';

const fact = (validFromMs: number, receivedAtMs: number, says: ItemFact['says'], itemId = 'i1'): ItemFact => ({
  ...{ tenant: 'default', itemId, validFromMs: originMs + validFromMs, receivedAtMs: originMs + receivedAtMs, says },
});
const anyFact = fc
  .record({
    validFromMs: fc.integer({ min: 0, max: 8 }),
    receivedAtMs: fc.integer({ min: 0, max: 8 }),
    price: fc.constantFrom(null, 5, 7, 9),
    brand: fc.constantFrom(undefined, null, 'acme', 'bolt'),
  })
  .map(({ validFromMs, receivedAtMs, price, brand }) =>
    fact(validFromMs, receivedAtMs, { price, ...(brand === undefined ? {} : { brand }) }),
  );
const anyEvent = fc
  .record({
    atMs: fc.integer({ min: 0, max: 8 }),
    delayMs: fc.integer({ min: 0, max: 4 }),
    price: fc.constantFrom(undefined, 0, 3),
  })
  .map(
    ({ atMs, delayMs, price }): ShopEvent =>
      anEvent({
        eventTimeMs: originMs + atMs,
        receivedAtMs: originMs + atMs + delayMs,
        items: [{ itemId: 'i1', quantity: 1, ...(price === undefined ? {} : { price }) }],
      }),
  );
const known = (facts: readonly ItemFact[], { asOfMs, knownByMs }: FactQuestion) =>
  foldFacts(facts.filter((one) => one.validFromMs <= asOfMs && one.receivedAtMs <= knownByMs).sort(compareFacts));
const learnt = (facts: readonly ItemFact[]): CatalogueView => {
  const view = openCatalogueView();
  for (const one of facts) view.learn(one);
  return view;
};

describe('the view of the catalogue', () => {
  const question = fc.record({ asOfMs: fc.integer({ min: -1, max: 9 }), knownByMs: fc.integer({ min: -1, max: 9 }) });

  it('answers as the catalogue does, in whatever order, and however often, it learns', () => {
    fc.assert(
      fc.property(fc.array(anyFact, { maxLength: 12 }), fc.array(fc.nat()), question, (facts, again, asked) => {
        const at = { asOfMs: originMs + asked.asOfMs, knownByMs: originMs + asked.knownByMs };
        const handed = [...facts, ...again.flatMap((n) => (facts.length === 0 ? [] : [facts[n % facts.length]!]))];
        expect(learnt(handed).at('default', 'i1', at) ?? {}).toEqual(known(facts, at) ?? {});
      }),
    );
  });

  it('of an item with a long history, tells what is old as one, and now as it is', () => {
    const facts = Array.from({ length: 500 }, (_, n) => fact(n, n, { price: n + 1, ...(n === 3 ? { brand: 'acme' } : {}) }));
    const view = learnt(facts);
    const at = (ms: number) => view.at('default', 'i1', { asOfMs: originMs + ms, knownByMs: originMs + ms });
    expect([at(499), at(450)]).toEqual([
      { price: 500, brand: 'acme' },
      { price: 451, brand: 'acme' },
    ]);
    expect(at(10)).toBeUndefined();
  });

  it('forgets the items unheard of for longest', () => {
    const view = openCatalogueView(4);
    for (let n = 0; n < 100; n++) view.learn(fact(0, 0, { price: n + 1 }, `i${n}`));
    expect(view.items).toBeLessThanOrEqual(4);
    expect(view.at('default', 'i99', { asOfMs: originMs, knownByMs: originMs })).toEqual({ price: 100 });
  });
});

/** The event as it is filled while everything arrives in its order: what the service does. */
const online = (events: readonly ShopEvent[], facts: readonly ItemFact[], view = openCatalogueView()): ShopEvent[] => {
  const left = [...facts].sort((a, b) => a.receivedAtMs - b.receivedAtMs);
  return [...events]
    .sort((a, b) => knowableAtMs(a) - knowableAtMs(b))
    .map((event) => {
      while (left[0] !== undefined && left[0].receivedAtMs <= knowableAtMs(event)) view.learn(left.shift()!);
      return fillEvent(event, view);
    });
};

describe('an event is filled with what held at its moment and was known by then', () => {
  const shop = fc.tuple(fc.array(anyEvent, { maxLength: 6 }), fc.array(anyFact, { maxLength: 8 }));
  const asOnline = (fill: (event: ShopEvent, all: CatalogueView) => ShopEvent) =>
    fc.property(shop, ([events, facts]) => {
      const inOrder = [...events].sort((a, b) => knowableAtMs(a) - knowableAtMs(b));
      const all = learnt(facts);
      return JSON.stringify(inOrder.map((event) => fill(event, all))) === JSON.stringify(online(events, facts));
    });

  it('so knowing all that came later changes nothing', () => {
    fc.assert(asOnline((event, all) => fillEvent(event, all)));
  });

  it.each([
    [
      'what was told later',
      (all: CatalogueView): CatalogueView => ({
        ...all,
        at: (t, i, { asOfMs }) => all.at(t, i, { asOfMs, knownByMs: Infinity }),
      }),
    ],
    [
      'what holds later',
      (all: CatalogueView): CatalogueView => ({
        ...all,
        at: (t, i, { knownByMs }) => all.at(t, i, { asOfMs: Infinity, knownByMs }),
      }),
    ],
  ])('which a leak of %s would break', (_what, leak) => {
    expect(
      fc.check(
        asOnline((event, all) => fillEvent(event, leak(all))),
        { seed: 1 },
      ).failed,
    ).toBe(true);
  });

  it('what it says itself stands, and a price of 0 says nothing', () => {
    const view = learnt([fact(0, 0, { price: 9, brand: 'acme', category: 'a.b' })]);
    const filled = (line: Partial<ShopEvent['items'][0]>) =>
      fillEvent(anEvent({ items: [{ itemId: 'i1', quantity: 2, ...line }] }), view).items[0];
    expect(filled({})).toEqual({ itemId: 'i1', quantity: 2, price: 9, brand: 'acme', category: 'a.b' });
    expect(filled({ price: 5, brand: 'mine' })).toEqual({ itemId: 'i1', quantity: 2, price: 5, brand: 'mine', category: 'a.b' });
    expect(filled({ price: 0 })).toMatchObject({ price: 9 });
    const whole = anEvent({ items: [{ itemId: 'i1', quantity: 1, price: 1, brand: 'b', category: 'c' }] });
    expect(fillEvent(whole, view)).toBe(whole);
  });
});

describe('amounts are told in the shop’s currency', () => {
  const convert = openConvert(
    parseShopSettings({
      currency: 'EUR',
      rates: {
        USD: 0.5,
        GBP: [
          { from: '2019-10-02', rate: 2 },
          { from: '2019-09-01', rate: 1.5 },
        ],
      },
    }),
  );
  const of = (currency: string | undefined, eventTimeMs = originMs) => {
    const event = anEvent({
      eventTimeMs,
      value: 10,
      items: [{ itemId: 'i1', quantity: 1, price: 4, brand: 'b', category: 'c' }],
    });
    const { value, items } = fillEvent(currency === undefined ? event : { ...event, currency }, openCatalogueView(), convert);
    return [items[0]!.price, value];
  };

  it('at the rate of the moment; an amount in a currency the table does not know is unknown', () => {
    expect(of(undefined)).toEqual([4, 10]);
    expect(of('EUR')).toEqual([4, 10]);
    expect(of('USD')).toEqual([2, 5]);
    expect(of('GBP')).toEqual([6, 15]);
    expect(of('GBP', originMs + 86_400_000)).toEqual([8, 20]);
    expect(of('CHF')).toEqual([undefined, undefined]);
  });

  it('a shop that names no currency takes them as they are', () => {
    const event = anEvent({ currency: 'USD' });
    expect(fillEvent(event, openCatalogueView()).items[0]!.price).toBe(event.items[0]!.price);
    expect(openConvert(parseShopSettings({}))(4, 'USD', 0)).toBe(4);
  });

  it('the catalogue’s prices too', () => {
    const view = learnt([fact(0, 0, { price: 8, currency: 'USD' })]);
    expect(fillEvent(anEvent({ items: [{ itemId: 'i1', quantity: 1 }] }), view, convert).items[0]!.price).toBe(4);
  });
});
