import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** How a server that listens comes to its end. */
export interface DrainSettings {
  /** Makes `/readyz` say no, and every answer end its connection. */
  readonly announce: () => void;
  /** How long requests are still taken in after that, so that who spreads the load finds out first, ms. */
  readonly delayMs?: number | undefined;
  /** What still runs this long after the door was shut is cut off, ms. */
  readonly deadlineMs?: number;
}

const idleSweepMs = 50;

/**
 * Ends a server without a failed request: not ready, then closed, then empty. A connection that is kept alive is never closed under a caller who is
 * about to use it again: while the delay lasts each one is told with its answer that it will not be kept, and after it only idle ones are left.
 */
export async function drainApp(
  app: FastifyInstance,
  { announce, delayMs = 0, deadlineMs = 25_000 }: DrainSettings,
): Promise<void> {
  announce();
  await delay(delayMs);
  // A connection that falls idle while others still work would hold the end up for as long as it is kept alive.
  const sweep = setInterval(() => app.server.closeIdleConnections(), idleSweepMs);
  const deadline = setTimeout(() => app.server.closeAllConnections(), deadlineMs);
  await app.close().finally(() => {
    clearInterval(sweep);
    clearTimeout(deadline);
  });
}
