import { once } from 'node:events';
import { createServer } from 'node:net';
import { openRedisLink, type RedisLink } from '@tillcast/stores/redis/redis-link';
import { defineScript, runScript } from '@tillcast/stores/redis/run-script';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../../../../test/faults/tcp-fault-proxy.ts';
import { redisMissing, startRedis, type TestRedis } from './start-redis.ts';

const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const get = (link: RedisLink): Promise<string | null> => link.run((redis) => redis.get('k'));

describe.skipIf(redisMissing !== undefined)('the link to Redis', () => {
  let server: TestRedis;
  let proxy: FaultProxy;
  const open: RedisLink[] = [];
  const linkTo = (port: number, settings = {}): RedisLink => {
    const link = openRedisLink(server.url(port), { budgetMs: 20, ...settings });
    open.push(link);
    return link;
  };

  beforeAll(async () => {
    server = await startRedis();
    proxy = await startFaultProxy({ port: server.port });
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((link) => link.close()));
    await proxy.set({ kind: 'pass' });
  });
  afterAll(async () => {
    await proxy?.close();
    await server?.stop();
  });

  /** Milliseconds until a call succeeds again. */
  async function recovery(link: RedisLink): Promise<number> {
    const from = performance.now();
    for (;;) {
      try {
        await get(link);
        return performance.now() - from;
      } catch {
        await rest(5);
      }
    }
  }

  it.each([
    { kind: 'refuse' as const },
    { kind: 'black-hole' as const },
    { kind: 'delay' as const, ms: 2_000 },
    { kind: 'reset-mid-reply' as const, bytes: 1 },
  ])('under $kind fails within its budget, then at once; is back within two seconds', async (fault) => {
    const changes: boolean[] = [];
    const link = linkTo(proxy.port, { onChange: (isUp: boolean) => changes.push(isUp) });
    await link.ready(5_000);
    await get(link);
    await proxy.set(fault);
    const waits: number[] = [];
    for (let call = 0; call < 30; call += 1) {
      const from = performance.now();
      await expect(get(link)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      waits.push(performance.now() - from);
    }
    // Sent one after the other, four use up the three budgets; the machine may pause us besides.
    expect(waits.filter((ms) => ms > 15).length).toBeLessThanOrEqual(5);
    // Calls on a connection that was reset fail before the loop tells that it ended.
    await expect.poll(() => link.isUp, { timeout: 100, interval: 5 }).toBe(false);
    await rest(400);
    await proxy.set({ kind: 'pass' });
    expect(await recovery(link)).toBeLessThan(2_000);
    expect(changes.slice(0, 2)).toEqual([true, false]);
    expect(changes.at(-1)).toBe(true);
  });

  it('comes back after a frozen and after a killed server', async () => {
    const link = linkTo(server.port);
    await link.ready(5_000);
    server.freeze();
    await expect(get(link)).rejects.toThrow('did not answer within 20 ms');
    await rest(700);
    server.thaw();
    expect(await recovery(link)).toBeLessThan(2_000);
    await server.kill();
    await expect(get(link)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await server.restart();
    expect(await recovery(link)).toBeLessThan(2_000);
  });

  it('takes no more calls than it may have under way', async () => {
    const link = linkTo(proxy.port, { maxUnderWay: 5, budgetMs: 200 });
    await link.ready(5_000);
    await proxy.set({ kind: 'delay', ms: 100 });
    const fates = await Promise.allSettled(Array.from({ length: 8 }, () => get(link)));
    expect(fates.filter(({ status }) => status === 'rejected')).toHaveLength(3);
  });

  it('says what to do about what Redis refuses, and stays up', async () => {
    const link = linkTo(server.port);
    await link.ready(5_000);
    await server.say('CONFIG', 'SET', 'maxmemory', '1');
    await expect(link.run((redis) => redis.set('k', 'v'))).rejects.toThrow(/OOM.*raise maxmemory/);
    await server.say('CONFIG', 'SET', 'maxmemory', '0');
    expect(link.isUp).toBe(true);
    await server.say('REPLICAOF', '127.0.0.1', '1');
    await expect(link.run((redis) => redis.set('k', 'v'))).rejects.toThrow(/READONLY.*primary/);
    await server.say('REPLICAOF', 'NO', 'ONE');
    expect(await recovery(link)).toBeLessThan(2_000);
  });

  it('waits for a server that reads its data in, and is there when that is done', async () => {
    let isLoading = true;
    const reply = (): string => (isLoading ? '-LOADING Redis is loading the dataset in memory\r\n' : '+PONG\r\n');
    // One reply a command; of a command, as the driver writes it, the first byte of its bytes is a star.
    const loading = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (bytes) => void socket.write(reply().repeat(bytes.toString().match(/^\*/gm)?.length ?? 0)));
    }).listen(0, '127.0.0.1');
    await once(loading, 'listening');
    const link = linkTo((loading.address() as { port: number }).port);
    await expect(link.ready(500)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(get(link)).rejects.toThrow('Redis does not answer');
    isLoading = false;
    await link.ready(2_000);
    expect(link.isUp).toBe(true);
    await link.close();
    loading.close();
  });

  it('runs a script by its hash, also on a server that forgot it', async () => {
    const link = linkTo(server.port);
    await link.ready(5_000);
    const script = defineScript(`return redis.call('INCRBY', KEYS[1], ARGV[1])`);
    expect(await link.run((redis) => runScript(redis, script, ['n'], [2]))).toBe(2);
    await server.say('SCRIPT', 'FLUSH');
    expect(await link.run((redis) => runScript(redis, script, ['n'], [3]))).toBe(5);
    await server.say('CONFIG', 'RESETSTAT');
    await link.run((redis) => runScript(redis, script, ['n'], [3]));
    expect(await server.say('INFO', 'commandstats')).not.toContain('cmdstat_eval:');
  });

  it('refuses calls after close', async () => {
    const link = linkTo(server.port);
    await link.ready(5_000);
    await link.close();
    await expect(get(link)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});
