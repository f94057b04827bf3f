import { createServer, connect as openSocket, type Server, type Socket } from 'node:net';

/**
 * What the network does.
 * - `pass`: nothing.
 * - `refuse`: nobody listens on the port; connections that were open are reset.
 * - `black-hole`: connections are taken and stay open, and no byte arrives, either way.
 * - `delay`: every reply comes `ms` later; order is kept.
 * - `reset-mid-reply`: questions pass; after `bytes` more bytes of reply on a connection (0: before the first), both its ends are reset.
 */
export type Fault =
  | { readonly kind: 'pass' }
  | { readonly kind: 'refuse' }
  | { readonly kind: 'black-hole' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'reset-mid-reply'; readonly bytes: number };

/** Where a proxy forwards to: a loopback port, or a unix socket. */
export type Upstream = { readonly port: number } | { readonly path: string };

/** A TCP proxy on 127.0.0.1 that fails on command; the port stays the same through every fault. */
export interface FaultProxy {
  readonly port: number;
  /** From now on, for connections that are open as well. */
  set(fault: Fault): Promise<void>;
  /** Alternates between `pass` and a fault, each for half of the period, until told to stop; stops at `pass`. */
  flap(fault: Fault, periodMs: number): () => Promise<void>;
  /** Connections taken so far. */
  readonly taken: number;
  /** Connections open now. */
  readonly open: number;
  close(): Promise<void>;
}

/** Starts a proxy that passes everything. */
export async function startFaultProxy(upstream: Upstream): Promise<FaultProxy> {
  const links = new Set<Link>();
  const state = { fault: { kind: 'pass' } as Fault, taken: 0 };
  const server = createServer((client) => {
    state.taken += 1;
    const link = openLink(client, upstream, () => state.fault);
    links.add(link);
    client.once('close', () => links.delete(link));
  });
  await listen(server, 0);
  const { port } = server.address() as { port: number };

  async function set(fault: Fault): Promise<void> {
    state.fault = fault;
    if (fault.kind === 'refuse') {
      for (const link of links) link.reset();
      await stopListening(server);
    } else if (!server.listening) await listen(server, port);
    for (const link of links) link.look();
  }

  return {
    port,
    set,
    flap(fault, periodMs) {
      let stopped = false;
      let wake = (): void => {};
      const halfPeriod = (): Promise<void> =>
        new Promise((resolve) => {
          const timer = setTimeout(resolve, periodMs / 2);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      const flapping = (async () => {
        while (!stopped) {
          await set(fault);
          await halfPeriod();
          await set({ kind: 'pass' });
          if (!stopped) await halfPeriod();
        }
      })();
      return () => {
        stopped = true;
        wake();
        return flapping;
      };
    },
    get taken() {
      return state.taken;
    },
    get open() {
      return links.size;
    },
    async close() {
      for (const link of links) link.reset();
      await stopListening(server);
    },
  };
}

interface Link {
  reset(): void;
  /** Looks at the fault again: what was held back may go on. */
  look(): void;
}

/** Bytes on their way in one direction, and the moment (`performance.now()`) before which they must not arrive. */
interface Parcel {
  readonly bytes: Buffer;
  readonly notBeforeMs: number;
}

function openLink(client: Socket, upstream: Upstream, fault: () => Fault): Link {
  const server = openSocket(upstream);
  const questions: Parcel[] = [];
  const replies: Parcel[] = [];
  let replied = 0;
  let timer: NodeJS.Timeout | undefined;

  const reset = (): void => {
    clearTimeout(timer);
    client.resetAndDestroy();
    server.resetAndDestroy();
  };

  function forwardReplies(): void {
    for (let parcel = replies[0]; parcel !== undefined; parcel = replies[0]) {
      const now = fault();
      if (now.kind === 'black-hole') return;
      const waitMs = parcel.notBeforeMs - performance.now();
      if (waitMs > 0) {
        clearTimeout(timer);
        timer = setTimeout(forwardReplies, waitMs);
        return;
      }
      replies.shift();
      if (now.kind === 'reset-mid-reply') {
        const rest = Math.max(0, now.bytes - replied);
        replied += parcel.bytes.length;
        if (parcel.bytes.length > rest) {
          if (rest > 0) client.write(parcel.bytes.subarray(0, rest), reset);
          else reset();
          return;
        }
      }
      client.write(parcel.bytes);
    }
  }

  function forwardQuestions(): void {
    if (fault().kind === 'black-hole') return;
    for (const { bytes } of questions.splice(0)) server.write(bytes);
  }

  client.on('data', (bytes) => {
    questions.push({ bytes, notBeforeMs: 0 });
    forwardQuestions();
  });
  server.on('data', (bytes) => {
    const now = fault();
    replies.push({ bytes, notBeforeMs: now.kind === 'delay' ? performance.now() + now.ms : 0 });
    forwardReplies();
  });
  // A black hole tells nobody that the other end is gone.
  client.on('end', () => fault().kind !== 'black-hole' && server.end());
  server.on('end', () => fault().kind !== 'black-hole' && client.end());
  client.on('close', () => server.destroy());
  server.on('close', () => fault().kind !== 'black-hole' && replies.length === 0 && client.destroy());
  client.on('error', () => server.destroy());
  server.on('error', () => fault().kind !== 'black-hole' && client.resetAndDestroy());

  return {
    reset,
    look() {
      replied = 0;
      forwardQuestions();
      forwardReplies();
      if (fault().kind !== 'black-hole' && server.destroyed) client.resetAndDestroy();
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}

const stopListening = (server: Server): Promise<void> =>
  server.listening ? new Promise((resolve) => server.close(() => resolve())) : Promise.resolve();
