import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { question } from '../../apps/server/test/toys/toy-service.ts';
import { closedLoop } from '../../bench/http/closed-loop.ts';
import { type Answer, getBytes, openConnection, postBytes } from '../../bench/http/connection.ts';
import { type LoadReport, openLoop } from '../../bench/http/open-loop.ts';
import { type ServeChild, startChild } from './serve-child.ts';

const long = process.env.TILLCAST_LONG === '1';
/** No machine answers more than 1,000 / busyMs requests a second, however fast it is. */
const busyMs = long ? 1 : 5;
const children: ServeChild[] = [];
afterAll(() => {
  for (const { child } of children) child.kill('SIGKILL');
});

/** Keeps a process to one processor, so that who asks takes nothing from who answers. */
const pin = (pid: number, processor: number): void =>
  void spawnSync('taskset', ['-a', '-p', '-c', String(processor), String(pid)]);
const isPinned = long && availableParallelism() > 1;
if (isPinned) pin(process.pid, 0);

async function start(...flags: string[]): Promise<ServeChild> {
  const server = await startChild(join(import.meta.dirname, 'busy-server.ts'), [String(busyMs), ...flags]);
  children.push(server);
  if (isPinned) pin(server.child.pid!, 1);
  return server;
}

const ask = postBytes('/v1/predict', JSON.stringify(question({ explain: false })));
const request = (): Buffer => ask;
const seconds = long ? 20 : 1.5;

/** What the server can do at most, a second: on a quiet machine measured as callers would, many at once and none waiting between questions; else by definition. */
async function capacityOf({ port }: ServeChild): Promise<number> {
  if (!long) return 1_000 / busyMs;
  return (await closedLoop({ ports: [port], connections: 4, durationMs: 2_000, request })).perSecond;
}

/** How long a process has worked, s; NaN where only Linux would say. */
function workedSeconds({ child }: ServeChild): number {
  try {
    const fields = readFileSync(`/proc/${child.pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return Number.NaN;
  }
}

/** Answers for each second that the server worked while it did what `work` says: what other processes take of the machine is not in it. */
async function answersPerWorked(server: ServeChild, work: Promise<number>): Promise<number> {
  const before = workedSeconds(server);
  return (await work) / (workedSeconds(server) - before);
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

/** Whether other processes left the server its share of the processor all the while: else they decide about the figures. */
const isQuiet = (before: number, after: number): boolean =>
  Math.min(before, after) > 200 / busyMs && Math.abs(after / before - 1) < 0.15;

/**
 * Over real sockets, beside whatever else the machine does: that what is promised of the answers holds. How much of the capacity is left, and how fast
 * those taken in are answered, is held to its bounds by overload-model.test.ts in a time of its own, and here by `npm run long` on a quiet machine.
 */
describe('more is asked than can be answered', () => {
  it('answers what it can, and refuses the rest with Retry-After; then it is as before', { timeout: 240_000 }, async () => {
    const server = await start();
    const { port } = server;
    await closedLoop({ ports: [port], connections: 4, durationMs: 700, request });
    const baseline = await load(port, (long ? 0.8 : 0.1) * (await capacityOf(server)));
    const closed = closedLoop({ ports: [port], connections: 4, durationMs: long ? 5_000 : 1_000, request });
    const atBest = await answersPerWorked(
      server,
      closed.then(({ answered }) => answered),
    );
    for (const [times, goodput, p99] of [
      [2, 0.85, 3],
      [10, 0.7, 5],
    ] as const) {
      const before = await capacityOf(server);
      const loaded = load(port, times * before);
      const worked = answersPerWorked(
        server,
        loaded.then(({ statuses }) => statuses[200] ?? 0),
      );
      const [report, health] = await healthDuring(port, loaded);
      const efficiency = (await worked) / atBest;
      const after = await capacityOf(server);
      const byClock = (2 * report.goodput) / (before + after);
      const figures = JSON.stringify({ times, efficiency, byClock, before, after, baseline, report });
      expect(Object.keys(report.statuses).sort(), figures).toEqual(['200', '503']);
      expect(report.withoutRetryAfter).toBe(0);
      expect(health).toEqual(new Set([200]));
      if (!long) continue;
      console.log(figures);
      if (!isQuiet(before, after)) {
        console.log(`skipped: G13, bounds at ${times} times the capacity: the machine does something else as well`);
        continue;
      }
      expect(byClock, figures).toBeGreaterThan(goodput);
      expect(report.latencyMs.p99, figures).toBeLessThan(baseline.latencyMs.p99 * p99);
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const after = await load(port, 0.1 * (await capacityOf(server)), 1_500);
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
