import type { Drift } from '@tillcast/core/simulation/settings';
import { type ShopSettings, type SimulatedEvent, simulateShop } from '@tillcast/core/simulation/shop';
import { expect, it } from 'vitest';

const DAY_MS = 86_400_000;
const settings: ShopSettings = {
  shoppers: 700,
  days: 20,
  seed: 5,
  startMs: Date.UTC(2025, 0, 6),
  saleEveryDays: Number.POSITIVE_INFINITY,
};

/** A figure before and after day 10. */
function halves(drift: Drift | undefined, figure: (events: readonly SimulatedEvent[]) => number): number {
  const events = [...simulateShop({ ...settings, ...(drift === undefined ? {} : { drift }) })];
  const day10 = settings.startMs! + 10 * DAY_MS;
  const [before, after] = [
    events.filter(({ event }) => event.eventTimeMs < day10),
    events.filter(({ event }) => event.eventTimeMs >= day10),
  ];
  return figure(after) / figure(before);
}

const views = (events: readonly SimulatedEvent[]) => events.filter(({ event }) => event.event === 'view_item');
const cartsAView = (events: readonly SimulatedEvent[]) =>
  events.filter(({ event }) => event.event === 'add_to_cart').length / views(events).length;
const logPrice = (events: readonly SimulatedEvent[]) =>
  Math.exp(views(events).reduce((sum, { event }) => sum + Math.log(event.items[0]!.price!), 0) / views(events).length);
const phones = (events: readonly SimulatedEvent[]) =>
  views(events).filter(({ event }) => event.items[0]!.category === 'electronics.smartphone').length / views(events).length;

it.each([
  { drift: { kind: 'conversion', fromDay: 10, factor: 0.4 } as const, figure: cartsAView, below: 0.6 },
  { drift: { kind: 'category_mix', fromDay: 10, factor: 0.7 } as const, figure: phones, below: 0.6 },
  { drift: { kind: 'price_level', fromDay: 10, factor: 0.5 } as const, figure: logPrice, below: 0.75 },
])('$drift.kind drifts from its day on, and stays without', ({ drift, figure, below }) => {
  expect(halves(drift, figure)).toBeLessThan(below);
  expect(Math.abs(halves(undefined, figure) - 1)).toBeLessThan(0.2);
});

it('changes nothing before its day', () => {
  const first = (drift?: Drift) =>
    [...simulateShop({ ...settings, days: 10, ...(drift === undefined ? {} : { drift }) })].map(({ event }) => [
      event.event,
      event.eventTimeMs,
    ]);
  expect(first({ kind: 'conversion', fromDay: 10, factor: 0.4 })).toEqual(first());
});
