import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keptMargin } from '../../../src/decisions/uplift/kept-margin.ts';
import type { ShopEvent } from '../../../src/events/event.ts';

/** What one unit of each item earns at a moment: another amount each hour, so that the moment matters. */
const earns = (itemId: string, atMs: number): number => (itemId === 'a' ? 5 : 2) + atMs;
const marginOf = ({ items, eventTimeMs, value }: ShopEvent): number | undefined => {
  if (items.some(({ itemId }) => itemId === 'unknown')) return undefined;
  return items.length === 0
    ? (value ?? 0) / 2
    : items.reduce((sum, line) => sum + line.quantity * earns(line.itemId, eventTimeMs), 0);
};

let ids = 0;
const event = (kind: 'purchase' | 'refund', atMs: number, over: Partial<ShopEvent>): ShopEvent => ({
  ...{ tenant: 'default', eventId: `e${ids++}`, event: kind, eventTimeMs: atMs, receivedAtMs: atMs, userId: 'ana', items: [] },
  ...over,
});
const line = (itemId: string, quantity = 1) => ({ itemId, quantity, price: 9 });

describe('what somebody kept', () => {
  it('is what each item earned when it was bought, less what went back of it', () => {
    const bought = [
      event('purchase', 1, { items: [line('a', 2), line('b')], transactionId: 't1' }),
      event('purchase', 2, { items: [line('a')] }),
    ];
    expect(keptMargin(bought, [], marginOf)).toEqual({ orders: 2, keptOrders: 2, margin: 2 * 6 + 3 + 7 });
    const back = event('refund', 9, { items: [line('a')], transactionId: 't1' });
    expect(keptMargin(bought, [back], marginOf)).toEqual({ orders: 2, keptOrders: 2, margin: 6 + 3 + 7 });
    // Unnamed, it is the newest that held it; and nobody gives back what they did not buy.
    const unnamed = event('refund', 9, { items: [line('a')] });
    expect(keptMargin(bought, [unnamed], marginOf)).toEqual({ orders: 2, keptOrders: 1, margin: 12 + 3 });
    expect(
      keptMargin(bought, [event('refund', 0, { items: [line('a')] }), event('refund', 9, { items: [line('z')] })], marginOf)
        .margin,
    ).toBe(22);
  });

  it('knows orders by their worth alone, whole orders given back, and what nobody says', () => {
    const whole = event('purchase', 1, { value: 80, transactionId: 't' });
    expect(keptMargin([whole], [event('refund', 2, { value: 20 })], marginOf).margin).toBeCloseTo(30, 12);
    expect(keptMargin([whole], [event('refund', 2, {})], marginOf)).toEqual({ orders: 1, keptOrders: 0, margin: 0 });
    expect(keptMargin([event('purchase', 1, { items: [line('unknown')] })], [], marginOf).margin).toBeNaN();
    // What went back needs no margin.
    const both = event('purchase', 1, { items: [line('unknown'), line('b')] });
    expect(keptMargin([both], [event('refund', 2, { items: [line('unknown')] })], marginOf).margin).toBe(3);
  });

  const moves = fc.array(
    fc.record({ item: fc.constantFrom('a', 'b'), units: fc.integer({ min: 1, max: 3 }), back: fc.integer({ min: 0, max: 4 }) }),
    {
      maxLength: 6,
    },
  );
  /** Each order named by its transaction, so that what is kept of it is units bought less units returned, not below 0. */
  const build = (orders: readonly { item: string; units: number; back: number }[]) => ({
    purchases: orders.map(({ item, units }, i) =>
      event('purchase', i + 1, { items: [line(item, units)], transactionId: `t${i}` }),
    ),
    refunds: orders.flatMap(({ item, back }, i) =>
      back === 0 ? [] : [event('refund', 100 + i, { items: [line(item, back)], transactionId: `t${i}` })],
    ),
    expected: orders.reduce((sum, { item, units, back }, i) => sum + Math.max(0, units - back) * earns(item, i + 1), 0),
  });

  it('is the direct count, in whatever order events are told', () => {
    fc.assert(
      fc.property(moves, (orders) => {
        const { purchases, refunds, expected } = build(orders);
        expect(keptMargin(purchases.toReversed(), refunds.toReversed(), marginOf).margin).toBeCloseTo(expected, 9);
      }),
      { seed: 6 },
    );
  });

  it('would not be, with one margin for all, or with returns forgotten (planted)', () => {
    for (const spoilt of [
      (purchases: ShopEvent[], refunds: ShopEvent[]) => keptMargin(purchases, refunds, () => 5).margin,
      (purchases: ShopEvent[]) => keptMargin(purchases, [], marginOf).margin,
    ]) {
      const found = fc.check(
        fc.property(moves, (orders) => {
          const { purchases, refunds, expected } = build(orders);
          expect(spoilt(purchases, refunds)).toBeCloseTo(expected, 9);
        }),
        { seed: 6 },
      );
      expect(found.failed).toBe(true);
    }
  });
});
