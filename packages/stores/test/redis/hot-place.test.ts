import type { ShopEvent } from '@tillcast/core/events/event';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { askedOf, expectBits, hotNowMs, hotStateLaws } from '../../../core/test/contract/hot-state.ts';
import { type HotPlace, openHotPlace } from './hot-places.ts';
import { redisMissing, startRedis, type TestRedis } from './start-redis.ts';

let tenants = 0;
/** Views of one shopper, a second apart. */
const views = (count: number, over: Partial<ShopEvent> = {}): ShopEvent[] => {
  const tenant = `place${tenants++}`;
  return Array.from({ length: count }, (_, at) => ({
    ...{ tenant, eventId: `e${at}`, event: 'view_item', userId: 'ana', eventTimeMs: hotNowMs + at * 1_000 },
    ...{
      receivedAtMs: hotNowMs + at * 1_000,
      items: [{ itemId: `i${at % 5}`, category: 'c', brand: 'b', price: 5, quantity: 1 }],
    },
    ...over,
  }));
};

describe.skipIf(redisMissing !== undefined)('the hot state in Redis', () => {
  let server: TestRedis;
  const open: HotPlace[] = [];
  const place = async (settings: Parameters<typeof openHotPlace>[2] = {}): Promise<HotPlace> => {
    const opened = await openHotPlace(server, memoryEventLog(), settings);
    open.push(opened);
    return opened;
  };
  beforeAll(async () => {
    server = await startRedis();
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
    await server.say('FLUSHALL');
  });
  afterAll(() => server?.stop());

  async function handOver({ processes, log }: HotPlace, events: readonly ShopEvent[], by = 0): Promise<void> {
    await log.append(events);
    await processes[by]!.take(events);
    await processes[by]!.settled();
  }

  it('gives every key an end', async () => {
    const here = await place();
    for (let at = 0; at < 5; at += 1) await handOver(here, views(20, { anonymousId: `d${at}` }));
    const keys = (await server.say('KEYS', '*')).split('\r\n').filter((line) => line.startsWith('tillcast'));
    expect(keys.length).toBeGreaterThan(20);
    const days = 86_400_000;
    for (const key of keys) {
      const leftMs = Number((await server.say('PTTL', key)).slice(1));
      expect(leftMs, key).toBeGreaterThan(0);
      expect(leftMs, key).toBeLessThanOrEqual(35 * days);
    }
  });

  it('keeps a tenant in one slot, as a cluster demands', async () => {
    const cluster = await startRedis({ 'cluster-enabled': 'yes' });
    try {
      await cluster.say('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
      while (!(await cluster.say('CLUSTER', 'INFO')).includes('cluster_state:ok'))
        await new Promise((resolve) => setTimeout(resolve, 20));
      const here = await openHotPlace(cluster, memoryEventLog());
      await hotStateLaws['gives every process the bits of one engine, whoever took what how often and in which order']!(here, 10);
      await here.close();
    } finally {
      await cluster.stop();
    }
  });

  it('hands over what a process left behind that died between the log and Redis', async () => {
    const clock = { nowMs: hotNowMs };
    const log = memoryEventLog();
    const dead = await openHotPlace(server, log, { now: () => clock.nowMs });
    const events = views(30);
    await handOver(dead, events.slice(0, 10));
    // These came to its log, and then it spoke no more.
    await log.append(events.slice(10));
    const here = await openHotPlace(server, log, { now: () => clock.nowMs, tellEveryMs: 20 });
    open.push(here);
    const known = async (): Promise<number | undefined> => {
      await here.processes[1]!.look(askedOf(events));
      return here.processes[1]!.engine.shopper('u:ana', events[0]!.tenant)?.events;
    };
    expect(await known()).toBe(10);
    clock.nowMs += 31_000;
    await expect.poll(known).toBe(30);
    await expectBits(here.processes, events);
    await dead.close();
  });

  it('goes on at hand while Redis is gone, and catches up with what was taken meanwhile', async () => {
    const troubles: string[] = [];
    const here = await place({ onTrouble: (_, what) => troubles.push(what) });
    const events = views(40);
    await handOver(here, events.slice(0, 20));
    await here.processes[0]!.look(askedOf(events));
    await server.kill();
    await here.log.append(events.slice(20));
    for (const event of events.slice(20)) {
      await here.processes[0]!.take([event]);
      expect(here.processes[0]!.engine.apply(event)).toBe('folded');
    }
    expect(await here.processes[0]!.look(askedOf(events))).toBe('last_known');
    expect(here.processes[0]!.engine.shopper('u:ana', events[0]!.tenant)).toMatchObject({ events: 40 });
    await server.restart();
    for (const process of here.processes) await process.settled();
    await expect.poll(() => here.processes[0]!.look(askedOf(events)), { timeout: 5_000 }).toBe('current');
    await expectBits(here.processes, events);
    expect(troubles).toContain('the hot state takes no events for now; answers go on with what is at hand');
  });

  it('leaves to the log what would wait without bounds, and folds it anew from there', async () => {
    const here = await place({ maxWaiting: 10 });
    const events = views(60);
    await handOver(here, events.slice(0, 20));
    await server.say('CONFIG', 'SET', 'maxmemory', '1');
    await here.log.append(events.slice(20));
    for (const event of events.slice(20)) await here.processes[0]!.take([event]);
    expect(await here.processes[0]!.look(askedOf(events))).toBe('last_known');
    await server.say('CONFIG', 'SET', 'maxmemory', '0');
    await here.processes[0]!.settled();
    await expect.poll(() => here.processes[0]!.look(askedOf(events)), { timeout: 5_000 }).toBe('current');
    await expectBits(here.processes, events);
  });

  it('holds a machine that makes itself a shopper to its bytes', async () => {
    const here = await place({ maxShopperBytes: 8_192 });
    const events = views(300).map((event, at) => ({
      ...event,
      sessionId: `s${at}`,
      items: [{ itemId: `${at}`.repeat(20), quantity: 1 }],
    }));
    for (let from = 0; from < 300; from += 50) await handOver(here, events.slice(from, from + 50));
    const key = (await server.say('KEYS', '*u:ana')).split('\r\n').at(-1)!;
    expect(Number((await server.say('STRLEN', key)).slice(1))).toBeLessThanOrEqual(8_192 + 8);
    expect(await here.processes[1]!.look(askedOf(events.slice(-1)))).toBe('current');
    // Nothing is folded again, however much was forgotten.
    await here.processes[2]!.take(events.map((event) => ({ ...event })));
    await here.processes[1]!.look(askedOf(events.slice(-1)));
    expect(here.processes[1]!.engine.shopper('u:ana', events[0]!.tenant)!.events).toBeLessThanOrEqual(300);
  });
});
