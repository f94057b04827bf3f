import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ShopEvent } from '@tillcast/core/events/event';
import { featureCatalog } from '@tillcast/core/features/catalog';
import { openShopperCodec } from '@tillcast/core/features/codec-shopper';
import { openEngine } from '@tillcast/core/features/feature-engine';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import { redisHotState } from '@tillcast/stores/redis/hot-state';
import { openRedisLink } from '@tillcast/stores/redis/redis-link';
import { freePort } from '../test/free-port.ts';

/**
 * What it costs to keep the hot state in Redis, against folding it in process: microseconds of processor time of this process, and of the clock, for an
 * event and for a question; and how large states are. One Redis on loopback, which the other processor serves. Figures: docs/adr/0015-hot-state.md.
 */

const shoppers = 5_000;
const beganMs = Date.UTC(2026, 10, 20);
const chance = (at: number): number => (((at * 2_654_435_761) % 4_294_967_296) + 4_294_967_296) % 4_294_967_296;

/** Shoppers in turns, a few items each, drawn from a long tail. */
const traffic = (count: number, from = 0): ShopEvent[] =>
  Array.from({ length: count }, (_, at): ShopEvent => {
    const number = from + at;
    const item = Math.floor(2_000 / (1 + (chance(number) % 2_000)));
    const atMs = beganMs + number * 50;
    return {
      ...{
        tenant: 'default',
        eventId: `event-${number}`,
        eventTimeMs: atMs,
        receivedAtMs: atMs,
        userId: `shopper-${chance(number) % shoppers}`,
      },
      event: chance(number + 1) % 10 === 0 ? 'add_to_cart' : 'view_item',
      items: [
        { itemId: `item-${item}`, category: `top.sub-${item % 40}`, brand: `brand-${item % 60}`, price: 9.99, quantity: 1 },
      ],
    };
  });

interface Cost {
  readonly clockUs: number;
  readonly processorUs: number;
}

async function cost(times: number, work: (at: number) => Promise<unknown> | unknown): Promise<Cost> {
  const processor = process.cpuUsage();
  const from = performance.now();
  for (let at = 0; at < times; at += 1) await work(at);
  const { user, system } = process.cpuUsage(processor);
  return { clockUs: Math.round(((performance.now() - from) / times) * 1_000), processorUs: Math.round((user + system) / times) };
}

const perEvent = ({ clockUs, processorUs }: Cost, events: number) => ({
  clockUs: Math.round((clockUs / events) * 10) / 10,
  processorUs: Math.round((processorUs / events) * 10) / 10,
});

const folder = mkdtempSync(join(tmpdir(), 'tillcast-bench-redis-'));
const port = await freePort();
const server = spawn('redis-server', ['--bind', '127.0.0.1', '--port', `${port}`, '--save', '', '--dir', folder], {
  stdio: 'ignore',
});
const links = [0, 1].map(() => openRedisLink(`redis://127.0.0.1:${port}`, { budgetMs: 5_000 }));
for (const link of links) await link.ready(10_000);

const results: Record<string, unknown> = {};
const engine = openEngine({ timeZone: 'UTC' });
const past = traffic(60_000);
results['fold in process, an event'] = perEvent(
  await cost(1, () => past.forEach((event) => void engine.engine.apply(event))),
  past.length,
);

const codec = openShopperCodec(engine.histories, featureCatalog);
const memories = [...engine.shopOf('default').shoppers.values()];
const encoded = memories.map((memory) => codec.encode(memory));
results['a shopper’s state, bytes'] = Math.round(encoded.reduce((sum, { length }) => sum + length, 0) / encoded.length);
results['encode a shopper'] = perEvent(
  await cost(1, () => memories.forEach((memory) => void codec.encode(memory))),
  memories.length,
);
results['decode a shopper'] = perEvent(
  await cost(1, () => encoded.forEach((bytes, at) => void codec.decode(bytes, memories[at]!.shopper, at))),
  memories.length,
);

const [one, two] = links.map((link) =>
  redisHotState(link, { engine: { timeZone: 'UTC' }, now: () => beganMs, tellEveryMs: 0 }),
) as [ReturnType<typeof redisHotState>, ReturnType<typeof redisHotState>];
for (const hot of [one, two]) await hot.restore(memoryEventLog());
let sent = 0;
function next(count: number): ShopEvent[] {
  sent += count;
  return traffic(count, sent - count);
}
for (let warm = 0; warm < 60; warm += 1) await one.take(next(500));
results['hand one event over, at hand'] = await cost(3_000, () => one.take(next(1)));
for (const size of [64, 512])
  results[`hand over ${size} at once, an event`] = perEvent(
    await cost(Math.ceil(20_000 / size), () => one.take(next(size))),
    size,
  );
results['hand one event over, by turns of two processes'] = await cost(2_000, (turn) => [one, two][turn % 2]!.take(next(1)));
results['two processes at once, 64 each, an event'] = perEvent(
  await cost(100, () => Promise.all([one.take(next(64)), two.take(next(64))])),
  128,
);
const asked = (turn: number) => [
  {
    shopper: `shopper-${turn % shoppers}`,
    asOfMs: 0,
    itemId: `item-${turn % 50}`,
    brand: `brand-${turn % 60}`,
    category: `top.sub-${turn % 40}`,
  },
];
results['look, a state at hand'] = await cost(5_000, (turn) => one.look(asked(turn % 10)));
results['look, a state another process changed'] = await cost(5_000, (turn) => two.look(asked(turn)));
results['a bare round trip'] = await cost(5_000, () => links[0]!.run((redis) => redis.ping()));
console.log(JSON.stringify(results, undefined, 2));

for (const hot of [one, two]) await hot.close();
for (const link of links) await link.close();
server.kill();
rmSync(folder, { recursive: true, force: true });
