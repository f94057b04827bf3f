import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { EngineSettings } from '@tillcast/core/features/engine';
import type { DeadLetters } from '@tillcast/core/ports/dead-letters';
import type { EventLog } from '@tillcast/core/ports/event-log';
import type { HotState } from '@tillcast/core/ports/hot-state';
import type { ItemCatalogue } from '@tillcast/core/ports/item-catalogue';
import type { Limiter } from '@tillcast/core/ports/limiter';
import type { ModelRegistry } from '@tillcast/core/ports/model-registry';
import type { PredictionLog } from '@tillcast/core/ports/prediction-log';
import type { RecentPredictions } from '@tillcast/core/ports/recent-predictions';
import type { Suppressions } from '@tillcast/core/ports/suppressions';
import type { BundleFiles } from '@tillcast/core/scoring/bundle/parse-bundle';
import type { KnownFeatures } from '@tillcast/core/scoring/bundle/parse-features';
import { openFolderRegistry } from '@tillcast/stores/folder/model-registry';
import { sealed, writeBundleFolder } from '@tillcast/stores/folder/seal-bundle';
import { openSigningKeys } from '@tillcast/stores/folder/signing-keys';
import { memoryHotState } from '@tillcast/stores/memory/hot-state';
import { memoryLimiter } from '@tillcast/stores/memory/limiter';
import { memoryPredictionLog } from '@tillcast/stores/memory/prediction-log';
import { memoryRecentPredictions } from '@tillcast/stores/memory/recent-predictions';
import { postgresEventLog } from '@tillcast/stores/postgres/event-log';
import { keepUp } from '@tillcast/stores/postgres/keep-up';
import { type MigrateOptions, type MigrateOutcome, migrate } from '@tillcast/stores/postgres/migrate';
import { openPostgres } from '@tillcast/stores/postgres/postgres';
import { postgresPredictionLog } from '@tillcast/stores/postgres/prediction-log';
import { forecastRedis, type RedisForecast, type StateSizes } from '@tillcast/stores/redis/forecast';
import { redisHotState } from '@tillcast/stores/redis/hot-state';
import { redisLimiter } from '@tillcast/stores/redis/limiter';
import { redisRecentPredictions } from '@tillcast/stores/redis/recent-predictions';
import { type RedisFacts, readRedisFacts } from '@tillcast/stores/redis/redis-facts';
import { openRedisLink } from '@tillcast/stores/redis/redis-link';
import { sqliteDeadLetters } from '@tillcast/stores/sqlite/dead-letters';
import { sqliteEventLog } from '@tillcast/stores/sqlite/event-log';
import { sqliteItemCatalogue } from '@tillcast/stores/sqlite/item-catalogue';
import { sqlitePredictionLog } from '@tillcast/stores/sqlite/prediction-log';
import { threadedPredictionLog } from '@tillcast/stores/sqlite/prediction-log-thread';
import { sqliteSuppressions } from '@tillcast/stores/sqlite/suppressions';
import type { DataDir } from './cli/data-dir.ts';
import { readDatabaseUrl } from './database-url.ts';
import { readRedisUrl } from './redis-url.ts';
import type { Env } from './setting-or-file.ts';

const patienceMs = 60_000;

/** How a long-lived process looks after the event log. */
export interface EventLogCare {
  /** Days after which events leave; PostgreSQL only. */
  readonly retentionDays?: number | undefined;
  /** Milliseconds an append may take in PostgreSQL; default: patience, for a command that nobody waits for by the millisecond. */
  readonly budgetMs?: number | undefined;
  readonly onFailure?: (error: unknown) => void;
}

/** Opens the durable event log: PostgreSQL where `DATABASE_URL` names one, else the file of a data directory. */
export function openEventLog(dir: DataDir, env: Env = process.env, { budgetMs, ...care }: EventLogCare = {}): EventLog {
  const url = readDatabaseUrl(env);
  if (url !== undefined) return postgresEventLog(url, { ...care, budgetMs: budgetMs ?? patienceMs });
  if (care.retentionDays !== undefined)
    throw new TillcastError(
      'OPTION_INVALID',
      'event_retention_days needs PostgreSQL: set DATABASE_URL, or leave the setting out',
    );
  return sqliteEventLog(dir.database);
}

/** Brings the schema of PostgreSQL forward, and makes the partitions of the next days. */
export async function migrateDatabase(url: string, options: MigrateOptions): Promise<MigrateOutcome> {
  const outcome = await migrate(url, options);
  if (options.dryRun === true) return outcome;
  const postgres = openPostgres(url, { budgetMs: patienceMs });
  try {
    await keepUp(postgres, { nowMs: Date.now() });
  } finally {
    await postgres.close();
  }
  return outcome;
}

/** Opens the dead letters of a data directory. */
export const openDeadLetters = (dir: DataDir): DeadLetters => sqliteDeadLetters(dir.deadLetters);

/** Opens the list of erased shoppers of a data directory. */
export const openSuppressions = (dir: DataDir): Suppressions => sqliteSuppressions(dir.suppressions);

/** Opens the catalogue of items of a data directory. */
export const openItemCatalogue = (dir: DataDir): ItemCatalogue => sqliteItemCatalogue(dir.catalogue);

/** Opens the prediction log: PostgreSQL where `DATABASE_URL` names one, else a file of its own, so that log lines never hold up the commit of an event. */
export function openPredictionLog(dir: DataDir, env: Env = process.env): PredictionLog {
  const url = readDatabaseUrl(env);
  return url === undefined
    ? sqlitePredictionLog(dir.predictions)
    : postgresPredictionLog(url, { writers: 1, budgetMs: patienceMs });
}

/** The same for a server: what writes into a file, writes on a thread of its own. */
export const openServedPredictionLog = (dir: DataDir, env: Env = process.env): PredictionLog =>
  readDatabaseUrl(env) === undefined ? threadedPredictionLog(dir.predictions) : openPredictionLog(dir, env);

/** Opens a list of the predictions served last that ends with this process. */
export const openRecentPredictions = (): RecentPredictions => memoryRecentPredictions();

/** How the hot state of a service is opened. */
export type OpenHotState = (settings: HotStateSettings) => HotState;
interface HotStateSettings {
  readonly engine: EngineSettings;
  /** Wall clock, ms. */
  readonly now: () => number;
  readonly onTrouble: (error: unknown, what: string) => void;
}

/** Opens a hot state of this process alone. */
export const openOwnHotState: OpenHotState = ({ engine }) => memoryHotState(engine);

/** What is shared between processes as they serve, or is this process's own. */
export interface ServingPlace {
  readonly openHotState: OpenHotState;
  readonly recent: RecentPredictions;
  /** Opens the limits of credentials: so many requests a second each. */
  readonly openLimiter: (perSecond: number) => Limiter;
  close(): Promise<void>;
}

/** Opens the place: Redis where `REDIS_URL` names one, else this process. `onChange` is told when Redis is given up, and when it is back. */
export function openServingPlace(env: Env, onChange: (isUp: boolean, why: string) => void): ServingPlace {
  const url = readRedisUrl(env);
  if (url === undefined)
    return { openHotState: openOwnHotState, recent: memoryRecentPredictions(), openLimiter, close: async () => {} };
  const link = openRedisLink(url, { onChange });
  return {
    openHotState: (settings) => redisHotState(link, settings),
    recent: redisRecentPredictions(link),
    openLimiter: (perSecond) => redisLimiter(link, credentialLimits(perSecond)),
    close: link.close,
  };
}

/** What the Redis of `REDIS_URL` says of itself; undefined: there is none. Raises STORE_UNAVAILABLE where it does not answer. */
export async function readRedis(env: Env): Promise<RedisFacts | undefined> {
  const url = readRedisUrl(env);
  if (url === undefined) return undefined;
  const link = openRedisLink(url);
  try {
    await link.ready(5_000);
    return await readRedisFacts(link);
  } finally {
    await link.close();
  }
}

/** The memory that states of these numbers and sizes will take in Redis. */
export const forecastPlace = (states: StateSizes): RedisForecast => forecastRedis(states);

/** The clock of the PostgreSQL of `DATABASE_URL`, epoch ms; undefined: there is none. */
export async function databaseClock(env: Env): Promise<number | undefined> {
  const url = readDatabaseUrl(env);
  if (url === undefined) return undefined;
  const postgres = openPostgres(url, { budgetMs: patienceMs });
  try {
    const { rows } = await postgres.upkeep.run<{ now: number }>({
      sql: 'select (extract(epoch from clock_timestamp()) * 1000)::float8 as now',
    });
    return rows[0]!.now;
  } finally {
    await postgres.close();
  }
}

/** Opens a prediction log that ends with the process, for a service that serves nobody. */
export const openPassingPredictionLog = (): PredictionLog => memoryPredictionLog();

/** Opens the model registry of a data directory; with `features`, bundles that need other features than these are refused. */
export const openModelRegistry = (dir: DataDir, features?: KnownFeatures): ModelRegistry =>
  openFolderRegistry({ folder: dir.models, keys: openSigningKeys(dir.keys), now: Date.now, ...(features ? { features } : {}) });

/** Writes a signed bundle into a new folder, ready for `ModelRegistry.add`. */
export const writeBundle = (dir: DataDir, folder: string, files: BundleFiles): void =>
  writeBundleFolder(folder, sealed(files, openSigningKeys(dir.keys)));

const credentialLimits = (perSecond: number) => ({
  policy: { name: 'credential', limit: perSecond, windowMs: 1_000, burst: perSecond },
  now: () => performance.now(),
});

/** Opens the limits of credentials: so many requests a second each, in this process. */
export const openLimiter = (perSecond: number): Limiter => memoryLimiter(credentialLimits(perSecond));
