import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';

/**
 * How long anything may take, ms. Node looks for late headers and bodies once a second, so the bounds lie a little below what is promised:
 * headers within 10 s, the whole request within 15 s, an answer made within 30 s and taken within 30 s.
 */
export const usualDeadlines = {
  headersMs: 8_500,
  requestMs: 13_500,
  handlerMs: 30_000,
  answerTakenMs: 28_000,
  /** A connection on which nothing moves. */
  silenceMs: 29_000,
  /** Longer than a proxy keeps its side open (nginx: 60 s), or the proxy sends a request into a connection that we have just closed. */
  keepAliveMs: 72_000,
  checkEveryMs: 1_000,
} as const;
export type Deadlines = Readonly<Record<keyof typeof usualDeadlines, number>>;

/** Bounds of what arrives, as text on the wire; what a body may hold is bounded by `json-guard`. */
export const limits = {
  bodyBytes: 1_048_576,
  headerBytes: 16_384,
  headers: 100,
  urlBytes: 8_192,
  /** Open connections; one more is closed as it comes. Bounds the file descriptors. */
  connections: 10_000,
  /** Connections that may wait to be taken in: a turn of the event loop takes one, and who finds no place comes back seconds later. */
  backlog: 4_096,
} as const;

/** An HTTP server on which no caller can wait, or let us wait, for ever. */
export function openTimedServer(listener: RequestListener, deadlines: Deadlines): Server {
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: deadlines.headersMs,
      requestTimeout: deadlines.requestMs,
      keepAliveTimeout: deadlines.keepAliveMs,
      connectionsCheckingInterval: deadlines.checkEveryMs,
    },
    listener,
  );
  // Node drops headers beyond this number in silence: one more is let in, so that the gate can refuse.
  server.maxHeadersCount = limits.headers + 1;
  server.maxConnections = limits.connections;
  server.setTimeout(deadlines.silenceMs);
  return server;
}

/** Told of a request that takes too long, so that it can be answered for its handler. */
export type OnLate = (response: ServerResponse) => void;

/**
 * Looks once a second at the answers under way: one that nobody takes off our hands is given up with its connection, a handler that takes too long is
 * reported once. Ends with `server`.
 */
export function watchAnswers(
  server: Server,
  underWay: Iterable<ServerResponse>,
  { deadlines, now, onLate }: { readonly deadlines: Deadlines; readonly now: () => number; readonly onLate: OnLate },
): void {
  const since = new WeakMap<ServerResponse, { readonly atMs: number; readonly made: boolean }>();
  const timer = setInterval(() => {
    const nowMs = now();
    for (const response of underWay) {
      const known = since.get(response);
      const made = response.writableEnded;
      if (known === undefined || known.made !== made) since.set(response, { atMs: nowMs, made });
      else if (made && nowMs - known.atMs > deadlines.answerTakenMs) response.destroy();
      else if (!made && !response.headersSent && nowMs - known.atMs > deadlines.handlerMs) onLate(response);
    }
  }, deadlines.checkEveryMs).unref();
  server.once('close', () => clearInterval(timer));
}
