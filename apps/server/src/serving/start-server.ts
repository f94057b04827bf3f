import { join } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { featureCatalog } from '@tillcast/core/features/catalog';
import type { FastifyInstance } from 'fastify';
import { type DestinationStream, pino } from 'pino';
import { type DataDir, openDataDir } from '../cli/data-dir.ts';
import { openEventLog, openModelRegistry } from '../compose.ts';
import type { Access } from '../http/auth/guard.ts';
import { readTokenKeys } from '../http/auth/token-keys.ts';
import { tokenVerifier } from '../http/auth/tokens.ts';
import { catalogueHash } from '../jobs/catalogue-hash.ts';
import { openService, type ServiceSettings } from './service.ts';

/** How a server is started. */
export interface StartOptions extends ServiceSettings {
  /** Data directory. */
  readonly data: string;
  /** 0 = any free one. */
  readonly port: number;
  readonly host?: string;
  /** Answers without tokens; on loopback only. */
  readonly open?: boolean;
  readonly logLevel?: string;
  readonly logTo?: DestinationStream;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A server that listens. */
export interface RunningServer {
  readonly url: string;
  /** Stops accepting, answers what has begun, closes the store. */
  close(): Promise<void>;
}

const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);
const consoleFolder = join(import.meta.dirname, '..', '..', '..', 'console', 'dist');

function accessFor({ open = false, host = '127.0.0.1', env = process.env, now = Date.now }: StartOptions, dir: DataDir): Access {
  if (!open) return { kind: 'tokens', verify: tokenVerifier(readTokenKeys(env, dir.keys), now) };
  if (!loopback.has(host))
    throw new TillcastError(
      'OPTION_INVALID',
      `an open server may listen on 127.0.0.1 alone, not on ${host}: leave --open out and use tokens`,
    );
  return { kind: 'open' };
}

/** What this build can compute: a bundle of other features, or of features that meant something else, is refused. */
const computable = () => ({ names: featureCatalog.map(({ name }) => name), hash: catalogueHash() });

/** What still runs after this long is cut off. */
const drainDeadlineMs = 25_000;
const idleSweepMs = 50;

/** Closes the listener and waits for what is under way. A connection that falls idle meanwhile would hold the end up for as long as it is kept alive. */
async function closeWithin(app: FastifyInstance, deadlineMs: number): Promise<void> {
  const sweep = setInterval(() => app.server.closeIdleConnections(), idleSweepMs);
  const deadline = setTimeout(() => app.server.closeAllConnections(), deadlineMs);
  await app.close().finally(() => {
    clearInterval(sweep);
    clearTimeout(deadline);
  });
}

/** Starts a server on a data directory: replays the events into the features, loads the champions, listens. */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const { host = '127.0.0.1', port } = options;
  const dir = openDataDir(options.data);
  const access = accessFor(options, dir);
  const log = pino({ level: options.logLevel ?? 'warn' }, options.logTo ?? pino.destination({ dest: 2, sync: true }));
  const eventLog = openEventLog(dir);
  try {
    const { app, champions, drain } = await openService(
      { registry: openModelRegistry(dir, computable()), eventLog, access, log },
      { consoleFolder, ...options },
    );
    if (options.open === true) log.warn('open: everyone on this machine may ask and write, without a token');
    const url = await app.listen({ host, port });
    return {
      url,
      async close() {
        drain();
        await closeWithin(app, drainDeadlineMs);
        await champions.close();
        await eventLog.close();
      },
    };
  } catch (error) {
    await eventLog.close();
    throw error;
  }
}
