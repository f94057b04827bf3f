import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { question } from '../../apps/server/test/toys/toy-service.ts';
import { type Answer, type Connection, getBytes, openConnection, postBytes } from '../../bench/http/connection.ts';
import { type ServeChild, startChild } from './serve-child.ts';

const drains = process.env.TILLCAST_LONG === '1' ? 100 : 3;
const children: ServeChild[] = [];
afterAll(() => {
  for (const { child } of children) child.kill('SIGKILL');
});

async function start(flags: readonly string[]): Promise<ServeChild> {
  const server = await startChild(join(import.meta.dirname, 'busy-server.ts'), ['0', ...flags]);
  children.push(server);
  return server;
}

const ask = (connection: Connection, request: Buffer): Promise<Answer | undefined> =>
  new Promise((resolve) => connection.ask(request, resolve));

/** Whether `/readyz` says yes. */
async function isReady({ port }: ServeChild): Promise<boolean> {
  const connection = openConnection({ port, timeoutMs: 1_000 });
  const answer = await ask(connection, getBytes('/readyz'));
  connection.close();
  return answer?.status === 200;
}

/** Spreads a load over servers as a proxy does: over those that say they are ready, on connections kept alive, and never again what was sent. */
function openBalancer(servers: ServeChild[]) {
  let ready: readonly ServeChild[] = [...servers];
  let over = false;
  const outcomes = { answered: 0, failed: 0 };
  const request = postBytes('/v1/predict', JSON.stringify(question({ explain: false })));
  const watching = (async () => {
    while (!over) {
      const states = await Promise.all(servers.map(async (server) => [server, await isReady(server)] as const));
      ready = states.filter(([, is]) => is).map(([server]) => server);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  async function caller(n: number): Promise<void> {
    let connection: Connection | undefined;
    for (let turn = n; !over; turn += 1) {
      if (connection?.isOpen !== true) {
        const server = ready[turn % ready.length];
        if (server === undefined) throw new Error('no server is ready');
        connection = openConnection({ port: server.port, keepBodies: true });
      }
      const answer = await ask(connection, request);
      if (answer?.status === 200) outcomes.answered += 1;
      // More is asked than a busy machine can do: that is nothing of the drain's.
      else if (answer?.body?.includes('"OVERLOADED"') !== true) outcomes.failed += 1;
      // Callers think between questions, so that connections lie idle when the end comes.
      await new Promise((resolve) => setTimeout(resolve, (turn * 7) % 25));
    }
    connection?.close();
  }
  const calling = Promise.all(Array.from({ length: 12 }, (_, n) => caller(n)));
  return {
    outcomes,
    async stop() {
      over = true;
      await Promise.all([watching, calling]);
    },
  };
}

/** Ends one of two servers under load, then starts another in its place, so many times over. */
async function roll(
  times: number,
  flags: readonly string[],
): Promise<{ answered: number; failed: number; codes: (number | null)[] }> {
  const servers = [await start(flags), await start(flags)];
  const balancer = openBalancer(servers);
  const codes: (number | null)[] = [];
  for (let n = 0; n < times; n += 1) {
    const place = n % 2;
    const next = await start(flags);
    const leaving = servers[place]!;
    leaving.child.kill('SIGTERM');
    codes.push(await leaving.ended);
    servers[place] = next;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await balancer.stop();
  return { ...balancer.outcomes, codes };
}

describe('SIGTERM under load', () => {
  it(`${drains} times: no request fails, and each server comes to its end by itself`, { timeout: 600_000 }, async () => {
    const { answered, failed, codes } = await roll(drains, []);
    expect({ failed, codes }).toEqual({ failed: 0, codes: Array.from({ length: drains }, () => 0) });
    expect(answered).toBeGreaterThan(100);
  });

  it('a server that just closes fails some', { timeout: 180_000 }, async () => {
    const { failed } = await roll(3, ['--abrupt']);
    expect(failed).toBeGreaterThan(0);
  });
});
