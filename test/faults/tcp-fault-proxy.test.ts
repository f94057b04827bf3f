import { once } from 'node:events';
import { createServer, connect as openSocket, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FaultProxy, startFaultProxy } from './tcp-fault-proxy.ts';

/** A server that says everything back, and counts what reached it. */
async function startEcho(): Promise<{ server: Server; port: number; heard: () => string }> {
  let heard = '';
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      heard += bytes.toString();
      socket.write(bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as { port: number }).port, heard: () => heard };
}

/** How a conversation went: what came back, or the error that ended it, or that nothing happened for `patienceMs`. */
async function ask(socket: Socket, text: string, patienceMs = 5_000): Promise<string> {
  socket.write(text);
  const answered = once(socket, 'data').then(([bytes]) => String(bytes));
  const ended = once(socket, 'close').then(() => 'closed');
  const failed = new Promise<string>((resolve) =>
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error')),
  );
  const silent = new Promise<string>((resolve) => setTimeout(() => resolve('silence'), patienceMs).unref());
  return Promise.race([answered.catch(() => failed), failed, ended, silent]);
}

describe('the TCP fault proxy', () => {
  let echo: Awaited<ReturnType<typeof startEcho>>;
  let proxy: FaultProxy;
  const sockets: Socket[] = [];
  const connect = async (): Promise<Socket> => {
    const socket = openSocket(proxy.port, '127.0.0.1');
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  };

  beforeEach(async () => {
    echo = await startEcho();
    proxy = await startFaultProxy({ port: echo.port });
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await proxy.close();
    echo.server.close();
  });

  it('passes everything, both ways', async () => {
    expect(await ask(await connect(), 'hello')).toBe('hello');
    expect(proxy.taken).toBe(1);
  });

  it('refuses: open connections are reset, new ones find nobody, and the port comes back', async () => {
    const socket = await connect();
    await ask(socket, 'hello');
    await proxy.set({ kind: 'refuse' });
    expect(await ask(socket, 'still there?')).toMatch(/ECONNRESET|EPIPE|closed/);
    await expect(connect()).rejects.toThrow('ECONNREFUSED');
    await proxy.set({ kind: 'pass' });
    expect(await ask(await connect(), 'back')).toBe('back');
  });

  it('swallows bytes as a black hole, and lets them through when it is over', async () => {
    const socket = await connect();
    await ask(socket, 'hello');
    await proxy.set({ kind: 'black-hole' });
    expect(await ask(socket, 'lost?', 100)).toBe('silence');
    expect(echo.heard()).toBe('hello');
    const [answer] = await Promise.all([once(socket, 'data'), proxy.set({ kind: 'pass' })]);
    expect(String(answer[0])).toBe('lost?');
  });

  it('delays replies by the time it was told, and keeps their order', async () => {
    const socket = await connect();
    await proxy.set({ kind: 'delay', ms: 80 });
    const start = performance.now();
    expect(await ask(socket, 'slow')).toBe('slow');
    expect(performance.now() - start).toBeGreaterThanOrEqual(79);
  });

  it('resets in the middle of a reply, after the question has arrived', async () => {
    const socket = await connect();
    let got = '';
    socket.on('data', (bytes) => {
      got += String(bytes);
    });
    await proxy.set({ kind: 'reset-mid-reply', bytes: 3 });
    socket.write('hello');
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNRESET');
    expect(got.length).toBeLessThanOrEqual(3);
    expect(echo.heard()).toBe('hello');
  });

  it('flaps until it is told to stop, and then passes', async () => {
    const stop = proxy.flap({ kind: 'refuse' }, 40);
    const fates = new Set<string>();
    for (let i = 0; i < 400 && fates.size < 2; i++) {
      fates.add(
        await connect().then(
          () => 'taken',
          () => 'refused',
        ),
      );
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect([...fates].sort()).toEqual(['refused', 'taken']);
    await stop();
    expect(await ask(await connect(), 'steady')).toBe('steady');
  });
});
