import { join } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { featureCatalog } from '@tillcast/core/features/catalog';
import { type DestinationStream, pino } from 'pino';
import { type DataDir, openDataDir } from '../cli/data-dir.ts';
import {
  openDeadLetters,
  openEventLog,
  openExperimentStore,
  openExposureLog,
  openItemCatalogue,
  openModelRegistry,
  openServedPredictionLog,
  openServingPlace,
  openSuppressions,
  type ServingPlace,
} from '../compose.ts';
import { defaultRateLimit } from '../config.ts';
import type { Access } from '../http/auth/guard.ts';
import { readWebhookSecret } from '../http/auth/signature.ts';
import { readTokenKeys } from '../http/auth/token-keys.ts';
import { tokenVerifier } from '../http/auth/tokens.ts';
import { limits } from '../http/deadlines.ts';
import { standardError } from '../http/log-lines.ts';
import { catalogueHash } from '../jobs/catalogue-hash.ts';
import { readSegmentSettings } from '../segments/read-settings.ts';
import { drainApp } from './drain.ts';
import type { ServiceSettings } from './service/parts.ts';
import { openService } from './service.ts';

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
  /** Requests a second that one credential may make; 0 = as many as it likes. */
  readonly rateLimit?: number;
  /** How long a server that is told to stop still takes requests in, ms. */
  readonly drainDelayMs?: number;
  readonly logTo?: DestinationStream;
  /** Days after which events leave; needs PostgreSQL. */
  readonly eventRetentionDays?: number | undefined;
  /** Milliseconds an append may take in PostgreSQL; default 250. */
  readonly databaseBudgetMs?: number | undefined;
  /** The shop's own segments; default: the shipped ones. */
  readonly segments?: string | undefined;
  /** Local minutes after midnight at which stock is taken; null = not by this server. */
  readonly segmentsAt?: number | null | undefined;
  /** The most that the process which takes stock may take, MiB. */
  readonly segmentsMemoryMb?: number | undefined;
  /** Age at which lifetime value is learnt anew with a stock, ms; null = by command alone. */
  readonly lifetimeRefitMs?: number | null | undefined;
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

function accessFor(options: StartOptions, dir: DataDir, openLimiter: ServingPlace['openLimiter']): Access {
  const { open = false, host = '127.0.0.1', env = process.env, now = Date.now, rateLimit = defaultRateLimit } = options;
  if (!open) {
    const verify = tokenVerifier(readTokenKeys(env, dir.keys), now);
    return { kind: 'tokens', verify, ...(rateLimit === 0 ? {} : { limiter: openLimiter(rateLimit) }) };
  }
  if (!loopback.has(host))
    throw new TillcastError(
      'OPTION_INVALID',
      `an open server may listen on 127.0.0.1 alone, not on ${host}: leave --open out and use tokens`,
    );
  return { kind: 'open' };
}

/** What this build can compute: a bundle of other features, or of features that meant something else, is refused. */
const computable = () => ({ names: featureCatalog.map(({ name }) => name), hash: catalogueHash() });

/** An append that takes longer is refused, and safe to send again. */
const defaultDatabaseBudgetMs = 250;

/** What `work` gives; where it raises, the place is closed. */
async function closingOnFailure<T>(place: ServingPlace, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await place.close();
    throw error;
  }
}

/** Starts a server on a data directory: replays the events into the features, loads the champions, listens. */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const { host = '127.0.0.1', port } = options;
  const dir = openDataDir(options.data);
  const log = pino({ level: options.logLevel ?? 'warn' }, options.logTo ?? standardError());
  const place = openServingPlace(options.env ?? process.env, (isUp, why) =>
    isUp ? log.warn(why) : log.error(`${why}; answers go on with what this process knows`),
  );
  const access = await closingOnFailure(place, () => accessFor(options, dir, place.openLimiter));
  const suppressions = await closingOnFailure(place, () => openSuppressions(dir, options.env));
  const eventLog = openEventLog(dir, options.env, {
    retentionDays: options.eventRetentionDays,
    budgetMs: options.databaseBudgetMs ?? defaultDatabaseBudgetMs,
    onFailure: (error) => log.error({ err: error }, 'upkeep of the event log failed; it is tried again within the hour'),
  });
  const deadLetters = openDeadLetters(dir, options.env);
  const catalogue = openItemCatalogue(dir, options.env);
  const predictions = { log: openServedPredictionLog(dir, options.env), recent: place.recent };
  const experiments = {
    store: openExperimentStore(dir, options.env),
    exposures: openExposureLog(dir, options.env),
  };
  const closeStores = async (): Promise<void> => {
    await experiments.store.close();
    await experiments.exposures.close();
    await eventLog.close();
    await deadLetters.close();
    await catalogue.close();
    await suppressions.close();
    await predictions.log.close();
    await place.close();
  };
  try {
    const { app, champions, drain } = await openService(
      {
        registry: openModelRegistry(dir, computable()),
        eventLog,
        deadLetters,
        catalogue,
        suppressions,
        predictions,
        experiments,
        openHotState: place.openHotState,
        bus: place.bus,
        cache: place.cache,
        tellings: place.tellings,
        access,
        log,
      },
      {
        consoleFolder,
        policies: dir.policies,
        segmentation: readSegmentSettings(dir, options, options.env ?? process.env),
        batch: { folder: dir.batchJobs, inbox: dir.inbox },
        webhookSecret: readWebhookSecret(options.env ?? process.env),
        ...options,
      },
    );
    if (options.open === true) log.warn('open: everyone on this machine may ask and write, without a token');
    const url = await app.listen({ host, port, backlog: limits.backlog });
    return {
      url,
      async close() {
        await drainApp(app, { announce: drain, delayMs: options.drainDelayMs });
        await champions.close();
        await closeStores();
      },
    };
  } catch (error) {
    await closeStores();
    throw error;
  }
}
