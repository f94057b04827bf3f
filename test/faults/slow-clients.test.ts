import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { question } from '../../apps/server/test/toys/toy-service.ts';
import { postBytes } from '../../bench/http/connection.ts';
import { type LoadReport, openLoop } from '../../bench/http/open-loop.ts';
import { type ServeChild, startChild } from './serve-child.ts';

/** In CI a tenth of the usual deadlines and fewer callers; the real ones with TILLCAST_LONG=1. */
const long = process.env.TILLCAST_LONG === '1';
const [clients, readers, factor, flags] = long ? [667, 60, 1, []] : [150, 5, 0.1, ['--hurried']];
/** For so long, in seconds of the usual deadlines, whoever was cut off comes back. */
const lastsSeconds = long ? 260 : 12;
const children: ServeChild[] = [];
afterAll(() => {
  for (const { child } of children) child.kill('SIGKILL');
});

async function start(...more: string[]): Promise<ServeChild> {
  const server = await startChild(join(import.meta.dirname, 'busy-server.ts'), ['0', ...more]);
  children.push(server);
  return server;
}

interface Slow {
  readonly first: string;
  /** Sent every half second of the usual deadlines. */
  readonly more?: string;
  readonly reads?: boolean;
}

/** A slow caller: resolves to how long its connection lived, in seconds of the usual deadlines; it gives up after 60. */
function live(port: number, { first, more = '', reads = true }: Slow): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const startMs = performance.now();
    const drip = setInterval(() => {
      if (more !== '' && socket.writable) socket.write(more);
    }, 500 * factor);
    const giveUp = setTimeout(() => socket.destroy(), 60_000 * factor);
    socket
      .on('error', () => {})
      .once('close', () => {
        clearInterval(drip);
        clearTimeout(giveUp);
        resolve((performance.now() - startMs) / 1_000 / factor);
      });
    if (reads) socket.resume();
    socket.write(first);
    // Who reads nothing hears of its end only when it writes.
    if (!reads) setInterval(() => socket.write('\r\n'), 500 * factor).unref();
  });
}

const headers = 'POST /v1/predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';
const slow = {
  headers: { first: headers, more: 'x' },
  silence: { first: '' },
  bodies: { first: `${headers}content-length: 5000\r\n\r\n`, more: 'x' },
  readers: { first: 'GET /livez/large HTTP/1.1\r\nhost: localhost\r\n\r\n', reads: false },
};
const ask = postBytes('/v1/predict', JSON.stringify(question({ explain: false })));

/** Many of a kind, each coming back when it is cut off; how long they lived. */
async function many(port: number, kind: Slow, count = clients): Promise<number[]> {
  const untilMs = performance.now() + lastsSeconds * 1_000 * factor;
  const lives: number[] = [];
  const caller = async (_: unknown, n: number): Promise<void> => {
    // Not all in one instant: a full queue of connections is another matter.
    await new Promise((resolve) => setTimeout(resolve, ((5_000 * n) / count) * factor));
    do lives.push(await live(port, kind));
    while (performance.now() < untilMs);
  };
  await Promise.all(Array.from({ length: count }).map(caller));
  return lives;
}

/** Callers who ask and take their answers, 100 a second. */
const askWell = (port: number, durationMs: number): Promise<LoadReport> =>
  openLoop({ port, rate: 100, durationMs, request: () => ask, keptAlive: 8 });

/** What a process holds open; undefined where only Linux would say. */
function openFiles({ child }: ServeChild): number | undefined {
  try {
    return readdirSync(`/proc/${child.pid}/fd`).length;
  } catch {
    return undefined;
  }
}

/** What a busy machine may add, in seconds of the usual deadlines. */
const slack = long ? 1.5 : 15;

describe(`${3 * clients} slow callers and ${readers} who take no answer`, () => {
  it('are cut off in time, and good callers are answered all the while', { timeout: 600_000 }, async () => {
    const server = await start(...flags);
    const baseline = await askWell(server.port, long ? 20_000 : 500);
    const filesBefore = openFiles(server);
    const all = Promise.all([
      many(server.port, slow.headers),
      many(server.port, slow.silence),
      many(server.port, slow.bodies),
      many(server.port, slow.readers, readers),
    ]);
    const good = await askWell(server.port, (lastsSeconds - 2) * 1_000 * factor);
    const [slowHeaders, silent, slowBodies, slowReaders] = await all;
    const longest = {
      headers: Math.max(...slowHeaders, ...silent),
      bodies: Math.max(...slowBodies),
      readers: Math.max(...slowReaders),
    };
    const figures = JSON.stringify({ longest, good: good.latencyMs, baseline: baseline.latencyMs, statuses: good.statuses });
    if (long) console.log(figures);
    expect(longest.headers, figures).toBeLessThan(10 + slack);
    expect(longest.bodies, figures).toBeLessThan(15 + slack);
    expect(longest.readers, figures).toBeLessThan(30 + slack);
    expect(Math.min(...slowHeaders, ...silent, ...slowBodies)).toBeGreaterThan(7);
    expect(Math.min(...slowReaders)).toBeGreaterThan(20);
    expect(Object.keys(good.statuses), figures).toEqual(['200']);
    if (long) expect(good.latencyMs.p99, figures).toBeLessThan(2 * baseline.latencyMs.p99);
    // Nobody is left holding anything.
    if (filesBefore !== undefined) expect(openFiles(server)).toBeLessThan(filesBefore + 20);
  });

  it('the same callers hold a server without deadlines for as long as they like', { timeout: 90_000 }, async () => {
    const server = await start('--patient');
    const lives = await Promise.all([slow.headers, slow.bodies, slow.readers].map((kind) => live(server.port, kind)));
    expect(Math.min(...lives)).toBeGreaterThan(59);
  });
});
