import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { question } from '../../apps/server/test/toys/toy-service.ts';
import { closedLoop } from '../../bench/http/closed-loop.ts';
import { type Answer, getBytes, openConnection, postBytes } from '../../bench/http/connection.ts';
import { type LoadReport, openLoop } from '../../bench/http/open-loop.ts';
import { type ServeChild, startChild } from './serve-child.ts';

const long = process.env.TILLCAST_LONG === '1';
/** Waiting is counted by the clock, so no machine answers more than 1,000 / busyMs requests a second, however fast it is. */
const busyMs = long ? 1 : 5;
const children: ServeChild[] = [];
afterAll(() => {
  for (const { child } of children) child.kill('SIGKILL');
});

async function start(...flags: string[]): Promise<ServeChild> {
  const server = await startChild(join(import.meta.dirname, 'busy-server.ts'), [String(busyMs), ...flags]);
  children.push(server);
  return server;
}

const ask = postBytes('/v1/predict', JSON.stringify(question({ explain: false })));
const request = (): Buffer => ask;
const seconds = long ? 20 : 1.5;

/** What the server can do at most: on a quiet machine measured as callers would, many at once and none waiting between questions; else by definition. */
async function capacityOf({ port }: ServeChild): Promise<number> {
  if (!long) return 1_000 / busyMs;
  await closedLoop({ ports: [port], connections: 4, durationMs: 700, request });
  return (await closedLoop({ ports: [port], connections: 4, durationMs: 1_500, request })).perSecond;
}

const load = (port: number, rate: number, durationMs = seconds * 1_000): Promise<LoadReport> =>
  openLoop({ port, rate, durationMs, request, keptAlive: 256, maxConnections: 256 });

const get = (port: number, path: string): Promise<Answer | undefined> =>
  new Promise((resolve) => {
    const connection = openConnection({ port });
    connection.ask(getBytes(path), (answer) => {
      connection.close();
      resolve(answer);
    });
  });

const healthDuring = async <T>(port: number, work: Promise<T>): Promise<readonly [T, ReadonlySet<number | undefined>]> => {
  const health = new Set<number | undefined>();
  const timer = setInterval(() => void get(port, '/livez').then((answer) => health.add(answer?.status)), 100);
  const result = await work.finally(() => clearInterval(timer));
  return [result, health];
};

/**
 * Over real sockets, beside whatever else the machine does: that what is promised of the answers holds. How much of the capacity is left, and how fast
 * those taken in are answered, is held to its bounds by overload-model.test.ts in a time of its own, and here by `npm run long` on a quiet machine.
 */
describe('more is asked than can be answered', () => {
  it('answers what it can, and refuses the rest with Retry-After; then it is as before', async () => {
    const server = await start();
    const capacity = await capacityOf(server);
    const baseline = await load(server.port, (long ? 0.8 : 0.1) * capacity);
    for (const [times, goodput, p99] of [
      [2, 0.85, 3],
      [10, 0.7, 5],
    ] as const) {
      const [report, health] = await healthDuring(server.port, load(server.port, times * capacity));
      const figures = JSON.stringify({ times, capacity, baseline, report });
      expect(Object.keys(report.statuses).sort(), figures).toEqual(['200', '503']);
      expect(report.withoutRetryAfter).toBe(0);
      expect(health).toEqual(new Set([200]));
      if (!long) continue;
      console.log(figures);
      expect(report.goodput / capacity, figures).toBeGreaterThan(goodput);
      expect(report.latencyMs.p99, figures).toBeLessThan(baseline.latencyMs.p99 * p99);
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const after = await load(server.port, 0.1 * capacity, 1_500);
    expect(after.statuses[200]! / after.due, JSON.stringify(after)).toBeGreaterThan(0.9);
  });

  it('the same load drowns a server that takes everything in', async () => {
    const [shedding, drowning] = [await start(), await start('--unshed')];
    const capacity = await capacityOf(drowning);
    const [kept, drowned] = [await load(shedding.port, 3 * capacity, 2_000), await load(drowning.port, 3 * capacity, 2_000)];
    expect(drowned.statuses[503]).toBeUndefined();
    expect(kept.statuses[503]).toBeGreaterThan(0);
    expect(drowned.latencyMs.p50).toBeGreaterThan(3 * kept.latencyMs.p50);
  });
});
