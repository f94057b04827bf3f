import type { Bus } from '@tillcast/core/ports/bus';
import { memoryBus } from '@tillcast/stores/memory/bus';
import { redisBus } from '@tillcast/stores/redis/bus';
import { describe, expect, it } from 'vitest';
import { busContract, busLaws, type OpenBus } from '../../../core/test/contract/bus.ts';
import { redisMissing } from './start-redis.ts';
import { withTwoLinks } from './two-links.ts';

const openMemory: OpenBus = (capacity) => {
  const bus = memoryBus({ now: () => performance.now(), ...(capacity === undefined ? {} : { capacity }) });
  return { bus, other: bus };
};

describe('memory bus', () => busContract(openMemory));

describe.skipIf(redisMissing !== undefined)('redis bus', () => {
  const redis = withTwoLinks(5_000);
  const open: OpenBus = (capacity) => {
    const [bus, other] = redis.links.map((link) => redisBus(link, capacity === undefined ? {} : { capacity }));
    return { bus: bus!, other: other! };
  };

  busContract(open);

  it('goes on where it was when Redis comes back empty', async () => {
    const { bus } = open();
    const heard: number[] = [];
    const { stop } = bus.consume('again', async (messages) => void heard.push(...messages.map(({ body }) => body[0]!)), {
      group: 'g',
      idleMs: 5,
    });
    await bus.publish('again', [Uint8Array.of(1)]);
    await expect.poll(() => heard).toEqual([1]);
    await redis.server.say('FLUSHALL');
    await bus.publish('again', [Uint8Array.of(2)]);
    await expect.poll(() => heard, { timeout: 5_000 }).toEqual([1, 2]);
    await stop();
  });

  it('lets a listener hear what is published after Redis was lost', async () => {
    const { bus } = open();
    const heard: number[] = [];
    const { stop } = bus.listen('lost', async (messages) => void heard.push(...messages.map(({ body }) => body[0]!)), {
      idleMs: 5,
    });
    await bus.publish('lost', [Uint8Array.of(1)]);
    await expect.poll(() => heard).toEqual([1]);
    await redis.server.say('FLUSHALL');
    await bus.publish('lost', [Uint8Array.of(2)]);
    await expect.poll(() => heard, { timeout: 5_000 }).toEqual([1, 2]);
    await stop();
  });

  it('gives every stream an end', async () => {
    const { bus } = open();
    await bus.publish('ends', [Uint8Array.of(1)]);
    expect(Number((await redis.server.say('PTTL', 'tillcast:bus:{ends}')).slice(1))).toBeGreaterThan(0);
  });
});

/** Buses with one fault each; the laws must find every one of them. */
const faults: Readonly<Record<string, (bus: Bus) => Partial<Bus>>> = {
  'loses a message now and then': (bus) => ({
    publish: (topic, bodies) =>
      bus.publish(
        topic,
        bodies.filter((_, at) => at % 7 !== 6),
      ),
  }),
  'hands the last batch out twice': (bus) => ({
    consume: (topic, handle, options) =>
      bus.consume(
        topic,
        async (messages) => {
          await handle(messages);
          if (messages.length > 3) await handle(messages.slice(0, 1));
        },
        options,
      ),
  }),
  'acknowledges what failed': (bus) => ({
    consume: (topic, handle, options) => bus.consume(topic, (messages) => handle(messages).catch(() => {}), options),
  }),
  'lets the listeners of a process share': (bus) => ({
    listen: (topic, handle, options) => bus.consume(topic, handle, { ...options, group: 'listeners' }),
  }),
  'never gives up': (bus) => ({
    consume: (topic, handle, options) => bus.consume(topic, handle, { ...options, maxRetries: 1e9 }),
  }),
};

describe('the laws of the bus catch planted faults', () => {
  it.each(Object.keys(faults))('%s', async (name) => {
    const open: OpenBus = (capacity) => {
      const { bus } = openMemory(capacity);
      const spoilt = { ...bus, ...faults[name]!(bus) };
      return { bus: spoilt, other: spoilt };
    };
    const results = await Promise.allSettled(Object.values(busLaws).map((law) => law(open)));
    expect(results.some(({ status }) => status === 'rejected')).toBe(true);
  });
});
