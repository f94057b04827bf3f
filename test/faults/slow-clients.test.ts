import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { question } from '../../apps/server/test/toys/toy-service.ts';
import { type ServeChild, startChild } from './serve-child.ts';

/** In CI a tenth of the usual deadlines and fewer callers; the real ones with TILLCAST_LONG=1. */
const long = process.env.TILLCAST_LONG === '1';
const [clients, factor, flags] = long ? [2_000, 1, []] : [150, 0.1, ['--hurried']];
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

/** A slow caller: resolves to how long its connection lived, in seconds of the usual deadlines; it gives up after 40. */
function live(port: number, { first, more = '', reads = true }: Slow): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const startMs = performance.now();
    const drip = setInterval(() => {
      if (more !== '' && socket.writable) socket.write(more);
    }, 500 * factor);
    const giveUp = setTimeout(() => socket.destroy(), 40_000 * factor);
    socket
      .on('error', () => {})
      .once('close', () => {
        clearInterval(drip);
        clearTimeout(giveUp);
        resolve((performance.now() - startMs) / 1_000 / factor);
      });
    if (reads) socket.resume();
    socket.write(first);
  });
}

const headers = 'POST /v1/predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';
const slow = {
  headers: { first: headers, more: 'x' },
  silence: { first: '' },
  bodies: { first: `${headers}content-length: 5000\r\n\r\n`, more: 'x' },
};
const body = JSON.stringify(question({ explain: false }));

async function askWell(url: string, until: Promise<unknown>): Promise<number[]> {
  const statuses: number[] = [];
  let over = false;
  void until.finally(() => {
    over = true;
  });
  while (!over) {
    const response = await fetch(`${url}/v1/predict`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    await response.arrayBuffer();
    statuses.push(response.status);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return statuses;
}

const many = (port: number, kind: Slow): Promise<number[]> =>
  Promise.all(Array.from({ length: clients }, () => live(port, kind)));
/** What a busy machine may add, in seconds of the usual deadlines. */
const slack = long ? 1.5 : 6;

describe(`${clients} slow callers of each kind`, () => {
  it('are cut off in time, and good callers are answered all the while', { timeout: 90_000 }, async () => {
    const server = await start(...flags);
    const all = Promise.all([many(server.port, slow.headers), many(server.port, slow.silence), many(server.port, slow.bodies)]);
    const statuses = await askWell(server.url, all);
    const [slowHeaders, silent, slowBodies] = await all;
    expect(Math.max(...slowHeaders, ...silent)).toBeLessThan(10 + slack);
    expect(Math.max(...slowBodies)).toBeLessThan(15 + slack);
    expect(Math.min(...slowHeaders, ...silent, ...slowBodies)).toBeGreaterThan(7);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(statuses.length).toBeGreaterThan(10);
  });

  it('the same callers hold a server without deadlines for as long as they like', { timeout: 90_000 }, async () => {
    const server = await start('--patient');
    const lives = await Promise.all([live(server.port, slow.headers), live(server.port, slow.bodies)]);
    expect(Math.min(...lives)).toBeGreaterThan(39);
  });
});
