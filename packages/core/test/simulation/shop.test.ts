import { compareEvents } from '@tillcast/core/events/event';
import { parseEvent } from '@tillcast/core/events/parse-event';
import { parseRecord, toRecord } from '@tillcast/core/events/record';
import { toWire } from '@tillcast/core/events/wire';
import { type ShopSettings, type SimulatedEvent, simulateShop } from '@tillcast/core/simulation/shop';
import { describe, expect, it } from 'vitest';
import { firstEvents } from './audit.ts';

const settings: ShopSettings = { shoppers: 400, days: 30, seed: 3, botsShare: 0.01, lateShare: 0.05 };
const events = [...simulateShop(settings)];
const text = (simulated: readonly SimulatedEvent[]) => simulated.map((one) => JSON.stringify(one)).join('\n');
const named = (name: string) => events.filter(({ event }) => event.event === name);

describe('a synthetic shop', () => {
  it('is decided by its settings, byte for byte', () => {
    expect(text([...simulateShop(settings)])).toBe(text(events));
    expect(text([...simulateShop({ ...settings, seed: 4 })])).not.toBe(text(events));
  });

  it('run for fewer days is a prefix, and without end it is lazy', () => {
    const short = [...simulateShop({ ...settings, days: 3 })];
    expect(short.length).toBeGreaterThan(500);
    expect(text(events.slice(0, short.length))).toBe(text(short));
    expect(text(firstEvents(settings, events.length))).toBe(text(events));
  });

  it('tells what happened in the order of events, each once', () => {
    const disorder = (list: readonly SimulatedEvent[]) =>
      list.filter(({ event }, at) => at > 0 && compareEvents(list[at - 1]!.event, event) >= 0).length;
    expect(disorder(events)).toBe(0);
    expect(disorder(events.with(7, events[6]!))).toBeGreaterThan(0);
    expect(new Set(events.map(({ event }) => event.eventId)).size).toBe(events.length);
  });

  it('shares no event id with a shop of other settings', () => {
    const ids = new Set(events.map(({ event }) => event.eventId));
    for (const other of [{ seed: 4 }, { lateShare: 0 }, { shoppers: 401 }]) {
      expect(firstEvents({ ...settings, ...other }, 200).filter(({ event }) => ids.has(event.eventId))).toEqual([]);
    }
  });

  it('speaks the language of events: each one parses, and is stored and read back as it is', () => {
    for (const { event } of events) {
      const arrival = { receivedAtMs: event.receivedAtMs, tenant: event.tenant };
      expect(parseEvent(toWire(event), arrival)).toEqual({ ok: true, event });
      expect(parseRecord(toRecord(event), { receivedAtMs: Date.UTC(2100, 0) })).toEqual({ ok: true, event });
    }
    expect(parseEvent({ ...toWire(events[0]!.event), event: 'stare' }, { receivedAtMs: events[0]!.event.receivedAtMs }).ok).toBe(
      false,
    );
  });

  it('keeps its sessions free of half an hour of silence, within itself and to the next', () => {
    const last = new Map<string, { at: number; session: string }>();
    for (const { event, truth } of events) {
      if (event.sessionId === undefined || truth.segment === 'bot') continue;
      const who = event.anonymousId?.slice(1) ?? event.userId!.slice(1);
      const before = last.get(who);
      if (before !== undefined) expect(event.eventTimeMs - before.at < 30 * 60_000).toBe(before.session === event.sessionId);
      last.set(who, { at: event.eventTimeMs, session: event.sessionId });
    }
  });

  it('has everything a shop has', () => {
    for (const name of [
      'view_item',
      'search',
      'add_to_cart',
      'remove_from_cart',
      'view_cart',
      'begin_checkout',
      'purchase',
      'refund',
    ]) {
      expect([name, named(name).length > 0]).toEqual([name, true]);
    }
    expect(events.some(({ event }) => event.userId === undefined)).toBe(true);
    expect(events.some(({ event }) => event.userId !== undefined && event.anonymousId !== undefined)).toBe(true);
    expect(named('purchase').some(({ event }) => event.items.length > 1)).toBe(true);
    expect(
      named('purchase').every(
        ({ event }) =>
          Math.abs(event.value! - event.items.reduce((sum, { price, quantity }) => sum + price! * quantity, 0)) < 0.005,
      ),
    ).toBe(true);
  });

  it('takes back only what it sold, for no more than was paid', () => {
    const orders = new Map(named('purchase').map(({ event }) => [event.transactionId, event]));
    for (const { event } of named('refund')) {
      const order = orders.get(event.transactionId)!;
      expect(event.eventTimeMs - order.eventTimeMs).toBeGreaterThanOrEqual(2 * 86_400_000);
      expect(event.value).toBeLessThanOrEqual(order.value!);
      expect(order.items).toEqual(expect.arrayContaining([...event.items]));
    }
  });

  it('has bots that are fast and never buy, and truth knows them', () => {
    const bots = events.filter(({ truth }) => truth.segment === 'bot');
    expect(bots.length).toBeGreaterThan(100);
    expect(
      bots.every(({ event, truth }) => event.event === 'view_item' && event.userId === undefined && truth.session === 0),
    ).toBe(true);
    expect([...simulateShop({ ...settings, days: 5, botsShare: 0 })].some(({ truth }) => truth.segment === 'bot')).toBe(false);
  });

  it('hears of a wished share of events late', () => {
    const late = (list: readonly SimulatedEvent[]) =>
      list.filter(({ event }) => event.receivedAtMs - event.eventTimeMs > 1_000).length / list.length;
    expect(events.every(({ event }) => event.receivedAtMs >= event.eventTimeMs)).toBe(true);
    expect(Math.abs(late(events) - 0.05)).toBeLessThan(0.01);
    expect(late(firstEvents({ ...settings, lateShare: 0 }, 2_000))).toBe(0);
  });

  it('gives probabilities, higher with a cart than without, and 0 for nobody', () => {
    const mean = (list: readonly SimulatedEvent[]) => list.reduce((sum, { truth }) => sum + truth.session, 0) / list.length;
    expect(events.every(({ truth }) => [truth.session, truth.item ?? 0].every((p) => p >= 0 && p < 1))).toBe(true);
    expect(mean(named('add_to_cart'))).toBeGreaterThan(4 * mean(named('view_item')));
    expect(mean(named('begin_checkout'))).toBeGreaterThan(mean(named('add_to_cart')));
  });
});
