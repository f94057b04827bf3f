import type { ShopEvent } from '@tillcast/core/events/event';
import type { HotState } from '@tillcast/core/ports/hot-state';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import type { RedisLink } from '@tillcast/stores/redis/redis-link';
import { stepScript } from '@tillcast/stores/redis/step-script';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hotStateLaws } from '../../../core/test/contract/hot-state.ts';
import { type HotPlace, openHotPlace } from './hot-places.ts';
import { redisMissing, startRedis, type TestRedis } from './start-redis.ts';

const bits = 'gives every process the bits of one engine, whoever took what how often and in which order';

/** A link whose steps run another script. */
const withScript =
  (from: string, to: string) =>
  (link: RedisLink): RedisLink => {
    const source = stepScript.source.replace(from, to);
    if (source === stepScript.source) throw new Error(`the script does not say: ${from}`);
    const spoilt = (redis: Redis): Redis =>
      new Proxy(redis, {
        get: (target, name) =>
          name === 'callBuffer'
            ? (command: string, hash: string, ...rest: string[]) =>
                command === 'EVALSHA' && hash === stepScript.hash
                  ? target.callBuffer('EVAL', source, ...rest)
                  : target.callBuffer(command, hash, ...rest)
            : Reflect.get(target, name, target),
      });
    return {
      ...{ ready: link.ready, close: link.close },
      get isUp() {
        return link.isUp;
      },
      run: (work, budgetMs) => link.run((redis) => work(spoilt(redis)), budgetMs),
    };
  };

const changing = (place: HotPlace, change: (process: HotState) => Partial<HotState>): HotPlace => ({
  ...place,
  processes: place.processes.map((process) => ({ ...process, ...change(process) })),
});

/** Faults, each with what it spoils: the step in Redis, or the process. */
const links: Readonly<Record<string, (link: RedisLink) => RedisLink>> = {
  'lets the last writer win': withScript('then isStale = true end', 'then isStale = false end'),
  'counts also where the state had moved on': withScript(
    'if isStale then\n',
    `
    for place = counts + 1, last, 3 do
      if isStale then count(tonumber(ARGV[place]), tonumber(ARGV[place + 1]), tonumber(ARGV[place + 2])) end
    end
    if isStale then\n`,
  ),
  'drops a bucket that is still within its span': withScript('<= bucket - span do', '<= bucket - span / 2 do'),
  'says that it wrote what it did not': withScript("elseif value ~= '' then", 'elseif #value % 5 ~= 0 then'),
};
const processes: Readonly<Record<string, (process: HotState) => Partial<HotState>>> = {
  'does not fetch what others took': () => ({ look: async () => 'current' }),
  'takes a retry for another event': (process) => {
    const known = new Set<string>();
    const asNew = (event: ShopEvent): ShopEvent => {
      const id = `${event.tenant}/${event.eventId}`;
      if (!known.has(id)) {
        known.add(id);
        return event;
      }
      return { ...event, eventId: `${event.eventId}-again` };
    };
    return { take: (events: readonly ShopEvent[]) => process.take(events.map(asNew)) };
  },
};

/** Faults of those who forget, each with the law that finds it. */
const forgetters: Readonly<Record<string, readonly [law: string, (process: HotState) => Partial<HotState>]>> = {
  'leaves what an erasure had changed as it was': [
    'folds shoppers anew, as if what was erased from the log had never been',
    () => ({ refold: async () => {} }),
  ],
  'forgets whom an erasure had changed': [
    'folds shoppers anew, as if what was erased from the log had never been',
    (process) => ({
      async refold(tenant, shoppers) {
        for (const shopper of shoppers) await process.forget(tenant, shopper);
      },
    }),
  ],
};

describe.skipIf(redisMissing !== undefined)('the laws of the hot state catch planted faults', () => {
  let server: TestRedis;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server?.stop());

  const expectFault = async (place: HotPlace, law = bits): Promise<void> => {
    try {
      await expect(hotStateLaws[law]!(place, 200)).rejects.toThrow('Property failed');
    } finally {
      await place.close();
    }
  };

  it.each(Object.keys(links))('%s', async (name) =>
    expectFault(await openHotPlace(server, memoryEventLog(), { change: links[name]! })),
  );
  it.each(Object.keys(processes))('%s', async (name) =>
    expectFault(changing(await openHotPlace(server, memoryEventLog()), processes[name]!)),
  );
  it.each(Object.keys(forgetters))('%s', async (name) => {
    const [law, change] = forgetters[name]!;
    await expectFault(changing(await openHotPlace(server, memoryEventLog()), change), law);
  });
});
