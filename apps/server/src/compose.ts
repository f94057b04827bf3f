import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { EngineSettings } from '@tillcast/core/features/engine';
import type { Bus } from '@tillcast/core/ports/bus';
import type { Cache } from '@tillcast/core/ports/cache';
import type { DeadLetters } from '@tillcast/core/ports/dead-letters';
import type { EventLog } from '@tillcast/core/ports/event-log';
import type { ExperimentStore } from '@tillcast/core/ports/experiment-store';
import type { ExposureLog } from '@tillcast/core/ports/exposure-log';
import type { HotState } from '@tillcast/core/ports/hot-state';
import type { ItemCatalogue } from '@tillcast/core/ports/item-catalogue';
import type { Limiter } from '@tillcast/core/ports/limiter';
import type { ModelRegistry } from '@tillcast/core/ports/model-registry';
import type { PredictionLog } from '@tillcast/core/ports/prediction-log';
import type { RecentPredictions } from '@tillcast/core/ports/recent-predictions';
import type { Suppressions } from '@tillcast/core/ports/suppressions';
import type { Tellings } from '@tillcast/core/ports/tellings';
import type { BundleFiles } from '@tillcast/core/scoring/bundle/parse-bundle';
import type { KnownFeatures } from '@tillcast/core/scoring/bundle/parse-features';
import { openFolderRegistry } from '@tillcast/stores/folder/model-registry';
import { sealed, writeBundleFolder } from '@tillcast/stores/folder/seal-bundle';
import { openSigningKeys } from '@tillcast/stores/folder/signing-keys';
import { memoryBus } from '@tillcast/stores/memory/bus';
import { memoryExperimentStore } from '@tillcast/stores/memory/experiment-store';
import { memoryExposureLog } from '@tillcast/stores/memory/exposure-log';
import { memoryHotState } from '@tillcast/stores/memory/hot-state';
import { memoryLimiter } from '@tillcast/stores/memory/limiter';
import { memoryPredictionLog } from '@tillcast/stores/memory/prediction-log';
import { memoryRecentPredictions } from '@tillcast/stores/memory/recent-predictions';
import { postgresDeadLetters } from '@tillcast/stores/postgres/dead-letters';
import { describeDatabase } from '@tillcast/stores/postgres/describe-database';
import { postgresEventLog } from '@tillcast/stores/postgres/event-log';
import { postgresExperimentStore } from '@tillcast/stores/postgres/experiment-store';
import { postgresExposureLog } from '@tillcast/stores/postgres/exposure-log';
import { postgresItemCatalogue } from '@tillcast/stores/postgres/item-catalogue';
import { keepUp } from '@tillcast/stores/postgres/keep-up';
import { openLender } from '@tillcast/stores/postgres/lend-postgres';
import { type MigrateOptions, type MigrateOutcome, migrate } from '@tillcast/stores/postgres/migrate';
import { openPostgres } from '@tillcast/stores/postgres/postgres';
import { postgresPredictionLog } from '@tillcast/stores/postgres/prediction-log';
import { type KeyedSuppressions, openPostgresSuppressions } from '@tillcast/stores/postgres/suppressions';
import { redisBus } from '@tillcast/stores/redis/bus';
import { redisCache } from '@tillcast/stores/redis/cache';
import { forecastRedis, type RedisForecast, type StateSizes } from '@tillcast/stores/redis/forecast';
import { redisHotState } from '@tillcast/stores/redis/hot-state';
import { redisLimiter } from '@tillcast/stores/redis/limiter';
import { redisRecentPredictions } from '@tillcast/stores/redis/recent-predictions';
import { type RedisFacts, readRedisFacts } from '@tillcast/stores/redis/redis-facts';
import { openRedisLink } from '@tillcast/stores/redis/redis-link';
import { redisTellings } from '@tillcast/stores/redis/tellings';
import { copyDatabase } from '@tillcast/stores/sqlite/copy-database';
import { sqliteDeadLetters } from '@tillcast/stores/sqlite/dead-letters';
import { sqliteEventLog } from '@tillcast/stores/sqlite/event-log';
import { sqliteExperimentStore } from '@tillcast/stores/sqlite/experiment-store';
import { sqliteExposureLog } from '@tillcast/stores/sqlite/exposure-log';
import { sqliteItemCatalogue } from '@tillcast/stores/sqlite/item-catalogue';
import { sqlitePredictionLog } from '@tillcast/stores/sqlite/prediction-log';
import { threadedPredictionLog } from '@tillcast/stores/sqlite/prediction-log-thread';
import { embeddedSchemas } from '@tillcast/stores/sqlite/schemas';
import { sqliteSuppressions } from '@tillcast/stores/sqlite/suppressions';
import type { DatabasePart } from './backup/make-backup.ts';
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

/** What is seldom asked shares three connections of a process. */
const lender = openLender({ writers: 1, budgetMs: patienceMs });

/** Opens the dead letters: PostgreSQL where `DATABASE_URL` names one, else a file of the data directory. */
export function openDeadLetters(dir: DataDir, env: Env = process.env): DeadLetters {
  const url = readDatabaseUrl(env);
  return url === undefined ? sqliteDeadLetters(dir.deadLetters) : lender.lend(url, postgresDeadLetters);
}

/** Opens the list of erased shoppers: PostgreSQL where `DATABASE_URL` names one, else a file of the data directory. */
export async function openSuppressions(dir: Pick<DataDir, 'suppressions'>, env: Env = process.env): Promise<Suppressions> {
  const url = readDatabaseUrl(env);
  return url === undefined ? sqliteSuppressions(dir.suppressions) : lender.lendSlowly(url, openPostgresSuppressions);
}

/** Opens the catalogue of items: PostgreSQL where `DATABASE_URL` names one, else a file of the data directory. */
export function openItemCatalogue(dir: DataDir, env: Env = process.env): ItemCatalogue {
  const url = readDatabaseUrl(env);
  return url === undefined ? sqliteItemCatalogue(dir.catalogue) : lender.lend(url, postgresItemCatalogue);
}

/** Opens the experiments: PostgreSQL where `DATABASE_URL` names one, else a file of the data directory. */
export function openExperimentStore(dir: DataDir, env: Env = process.env): ExperimentStore {
  const url = readDatabaseUrl(env);
  return url === undefined ? sqliteExperimentStore(dir.experiments) : postgresExperimentStore(url, { writers: 1 });
}

/** Opens the exposure log: PostgreSQL where `DATABASE_URL` names one, else a file of its own, so that exposures never hold up the commit of an event. */
export function openExposureLog(dir: DataDir, env: Env = process.env): ExposureLog {
  const url = readDatabaseUrl(env);
  return url === undefined ? sqliteExposureLog(dir.exposures) : postgresExposureLog(url, { writers: 1 });
}

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

/** Opens a bus of this process alone. */
export const openOwnBus = (): Bus => memoryBus({ now: () => performance.now() });

/** What is shared between processes as they serve, or is this process's own. */
export interface ServingPlace {
  readonly openHotState: OpenHotState;
  readonly recent: RecentPredictions;
  /** Tells other processes what they cannot see in the stores. */
  readonly bus: Bus;
  /** Explanations that processes share; absent: each keeps its own. */
  readonly cache?: Cache;
  /** Who was told what, which processes share; absent: each remembers its own. */
  readonly tellings?: Tellings;
  /** Opens the limits of credentials: so many requests a second each. */
  readonly openLimiter: (perSecond: number) => Limiter;
  close(): Promise<void>;
}

/** Explanations of one model version that Redis keeps: some 15 MB. */
const keptExplanations = 20_000;

/** Opens the place: Redis where `REDIS_URL` names one, else this process. `onChange` is told when Redis is given up, and when it is back. */
export function openServingPlace(env: Env, onChange: (isUp: boolean, why: string) => void): ServingPlace {
  const url = readRedisUrl(env);
  if (url === undefined)
    return {
      ...{ openHotState: openOwnHotState, recent: memoryRecentPredictions(), bus: openOwnBus(), openLimiter },
      close: async () => {},
    };
  const link = openRedisLink(url, { onChange });
  return {
    openHotState: (settings) => redisHotState(link, settings),
    recent: redisRecentPredictions(link),
    bus: redisBus(link),
    cache: redisCache(link, { maxValues: keptExplanations }),
    tellings: redisTellings(link),
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

/** Copies a database of a data directory, as it is at one instant, while others write to it; answers its schema version. */
export const copyEmbedded: (from: string, to: string) => number = copyDatabase;

/** What PostgreSQL holds instead of a data directory, and how its list of erased shoppers is carried along; undefined without `DATABASE_URL`. */
export async function databasePart(env: Env): Promise<DatabasePart | undefined> {
  const url = readDatabaseUrl(env);
  if (url === undefined) return undefined;
  const postgres = openPostgres(url, { writers: 1, budgetMs: patienceMs });
  try {
    await postgres.ready();
    const copySuppressions = (to: string): Promise<number> =>
      lender.lendSlowly(url, openPostgresSuppressions).then((list) => copySuppressionsTo(to, list));
    return { state: await describeDatabase(postgres), holds: Object.keys(embeddedSchemas), copySuppressions };
  } finally {
    await postgres.close();
  }
}

async function copySuppressionsTo(file: string, list: KeyedSuppressions): Promise<number> {
  const copy = sqliteSuppressions(file, list.key);
  try {
    await copy.add(await list.all());
    return embeddedSchemas['suppressions.db']!.length;
  } finally {
    await copy.close();
    await list.close();
  }
}

/** The newest schema version this release knows of an embedded database, by its file's name; undefined: there is none of that name. */
export const embeddedSchema = (file: string): number | undefined => embeddedSchemas[file]?.length;

/** Opens experiments and exposures that end with the process. */
export const openPassingExperiments = () => ({ store: memoryExperimentStore(), exposures: memoryExposureLog() });

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
