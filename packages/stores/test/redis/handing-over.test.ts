import type { ShopEvent } from '@tillcast/core/events/event';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import type { RedisLink } from '@tillcast/stores/redis/redis-link';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { askedOf, expectBits, hotNowMs } from '../../../core/test/contract/hot-state.ts';
import { type HotPlace, openHotPlace } from './hot-places.ts';
import { redisMissing, startRedis, type TestRedis } from './start-redis.ts';

let tenants = 0;
/** Views of one shopper, a second apart. */
const views = (count: number): ShopEvent[] => {
  const tenant = `handing${tenants++}`;
  return Array.from({ length: count }, (_, at) => ({
    ...{ tenant, eventId: `e${at}`, event: 'view_item', userId: 'ana' },
    ...{ eventTimeMs: hotNowMs + at * 1_000, receivedAtMs: hotNowMs + at * 1_000 },
    items: [{ itemId: `i${at % 5}`, category: 'c', brand: 'b', price: 5, quantity: 1 }],
  }));
};

/** Links whose answers come when they are let through. */
function openGate() {
  let opened = Promise.resolve();
  let open = (): void => {};
  let seen = (): void => {};
  let isShut = false;
  return {
    /** From now on answers wait; resolves when the first does. */
    shut(): Promise<void> {
      isShut = true;
      opened = new Promise((resolve) => {
        open = resolve;
      });
      return new Promise((resolve) => {
        seen = resolve;
      });
    },
    open(): void {
      isShut = false;
      open();
    },
    change: (link: RedisLink): RedisLink => ({
      ...{ ready: link.ready, close: link.close },
      get isUp() {
        return link.isUp;
      },
      async run(work, budgetMs) {
        const answer = await link.run(work, budgetMs);
        if (isShut) seen();
        await opened;
        return answer;
      },
    }),
  };
}

describe.skipIf(redisMissing !== undefined)('events on their way into Redis', () => {
  let server: TestRedis;
  const open: HotPlace[] = [];
  beforeAll(async () => {
    server = await startRedis();
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
    await server.say('CONFIG', 'SET', 'maxmemory', '256mb');
    await server.say('FLUSHALL');
  });
  afterAll(() => server?.stop());

  it('what is folded at hand while a step is under way is not taken for written by that step', async () => {
    const gate = openGate();
    const place = await openHotPlace(server, memoryEventLog(), { change: gate.change });
    open.push(place);
    const { processes, log } = place;
    const events = views(3);
    await log.append(events.slice(0, 1));
    await processes[0]!.take(events.slice(0, 1));
    await processes[0]!.settled();
    expect(await processes[0]!.look(askedOf(events))).toBe('current');
    await log.append(events.slice(1));
    const underWay = gate.shut();
    const taken = processes[0]!.take(events.slice(1, 2));
    await underWay;
    expect(processes[0]!.engine.apply(events[2]!)).toBe('folded');
    gate.open();
    await taken;
    await processes[0]!.settled();
    await expectBits(processes, events);
  });

  it('all that was taken stays at hand while Redis catches up', async () => {
    const events = views(220);
    let known: () => number | undefined = () => undefined;
    const seen = new Set<number | undefined>();
    const watch = (link: RedisLink): RedisLink => ({
      ...{ ready: link.ready, close: link.close },
      get isUp() {
        return link.isUp;
      },
      async run(work, budgetMs) {
        seen.add(known());
        const answer = await link.run(work, budgetMs);
        seen.add(known());
        return answer;
      },
    });
    const place = await openHotPlace(server, memoryEventLog(), { change: watch });
    open.push(place);
    const { processes, log } = place;
    await log.append(events);
    await processes[0]!.take(events.slice(0, 20));
    await processes[0]!.settled();
    await server.say('CONFIG', 'SET', 'maxmemory', '1');
    for (const event of events.slice(20)) await processes[0]!.take([event]);
    known = () => processes[0]!.engine.shopper('u:ana', events[0]!.tenant)?.events;
    expect(known()).toBe(220);
    seen.clear();
    await server.say('CONFIG', 'SET', 'maxmemory', '256mb');
    while ((await processes[0]!.look(askedOf(events).slice(0, 1))) !== 'current') await processes[0]!.settled();
    expect([...seen]).toEqual([220]);
    await expectBits(processes, events);
  });

  it.each([false, true])(
    'whom another process erased does not come back by what waited; handed over already: %s',
    async (isHandedOver) => {
      const place = await openHotPlace(server, memoryEventLog());
      open.push(place);
      const { processes, log } = place;
      const [erasing, waits] = [processes[0]!, processes[1]!];
      const events = views(4);
      const tenant = events[0]!.tenant;
      await log.append(events.slice(0, 2));
      await erasing.take(events.slice(0, 2));
      await erasing.settled();
      await waits.look(askedOf(events));
      await server.say('CONFIG', 'SET', 'maxmemory', '1');
      await log.append(events.slice(2));
      await waits.take(events.slice(2));
      await log.erase(events);
      await erasing.forget(tenant, 'u:ana');
      await erasing.refold(tenant, ['u:ana']);
      await server.say('CONFIG', 'SET', 'maxmemory', '256mb');
      if (isHandedOver) await waits.settled();
      await waits.letGo(tenant, ['u:ana'], events.at(-1)!.eventTimeMs);
      for (const process of processes) await process.settled();
      for (const process of processes) {
        expect(await process.look(askedOf(events))).toBe('current');
        expect(process.engine.shopper('u:ana', tenant)).toBeUndefined();
      }
      expect(await server.say('KEYS', '*u:ana')).toBe('*0');
    },
  );
});
