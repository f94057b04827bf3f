import type { ShopEvent } from '@tillcast/core/events/event';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import { expect, it } from 'vitest';
import { type DecidedUnit, readUnitMoney } from '../../src/uplift/unit-money.ts';

const hourMs = 3_600_000;
const atMs = Date.parse('2026-11-20T10:00:00Z');
const decided = (shopper: string, hours: number): DecidedUnit => ({
  ...{ shopper, asOfMs: atMs + hours * hourMs, askedAtMs: atMs + hours * hourMs, horizonMs: 24 * hourMs },
});

let ids = 0;
const event = (
  kind: ShopEvent['event'],
  hours: number,
  who: { userId?: string; anonymousId?: string },
  price = 10,
): ShopEvent => ({
  ...{
    tenant: 'default',
    eventId: `e${ids++}`,
    event: kind,
    eventTimeMs: atMs + hours * hourMs,
    receivedAtMs: atMs + hours * hourMs,
  },
  ...{ items: [{ itemId: `i${price}`, price, quantity: 1 }], ...who },
});
/** Half of the price is earned. */
const marginOf = ({ items }: ShopEvent) => items.reduce((sum, { price = 0, quantity }) => sum + (price * quantity) / 2, 0);

const read = async (units: readonly DecidedUnit[], events: readonly ShopEvent[], refundWindowMs?: number) => {
  const log = memoryEventLog();
  await log.append(events);
  const found = await readUnitMoney(units, { events: log, marginOf, refundWindowMs });
  return Object.fromEntries(found.map(({ unit, orders, margin }) => [unit.shopper, [orders, margin]]));
};

it('counts the orders of the horizon, and returns of them however late, unless they are waited for', async () => {
  const [ana, ben] = [{ userId: 'ana' }, { userId: 'ben' }];
  const events = [
    event('purchase', -1, ana),
    event('purchase', 1, ana),
    event('purchase', 23, ana, 30),
    event('purchase', 25, ana, 50),
    event('purchase', 2, ben),
    event('refund', 400, ana, 30),
  ];
  expect(await read([decided('u:ana', 0)], events)).toEqual({ 'u:ana': [2, 5] });
  expect(await read([decided('u:ana', 0)], events, 14 * 24 * hourMs)).toEqual({ 'u:ana': [2, 20] });
});

it('takes a device and who logged in on it for one person, decided about first', async () => {
  const events = [
    event('view_item', 0, { anonymousId: 'd' }),
    event('login', 1, { anonymousId: 'd', userId: 'ana' }),
    event('purchase', 2, { userId: 'ana' }, 40),
  ];
  expect(await read([decided('a:d', 0), decided('u:ana', 1.5)], events)).toEqual({ 'a:d': [1, 20] });
  // The control: without the login they are two, and the order is the user's.
  const apart = await read([decided('a:d', 0), decided('u:ana', 1.5)], [events[0]!, events[2]!]);
  expect(apart).toEqual({ 'a:d': [0, 0], 'u:ana': [1, 20] });
});
