import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { featureCatalog } from '@tillcast/core/features/catalog';
import { DEFAULT_SESSION_GAP_MS, openFeatureEngine } from '@tillcast/core/features/feature-engine';
import { openZoneClock } from '@tillcast/core/features/zone-clock';
import type { EventLog } from '@tillcast/core/ports/event-log';
import type { ModelRegistry } from '@tillcast/core/ports/model-registry';
import { type DestinationStream, type Logger, pino } from 'pino';
import { type DataDir, openDataDir } from '../cli/data-dir.ts';
import { openEventLog, openModelRegistry } from '../compose.ts';
import { buildApp } from '../http/app.ts';
import type { Access } from '../http/auth/guard.ts';
import { readTokenKeys } from '../http/auth/token-keys.ts';
import { tokenVerifier } from '../http/auth/tokens.ts';
import { openMetrics } from '../http/metrics.ts';
import { openAssess } from './assess.ts';
import { openBoard } from './board.ts';
import { type ChampionNews, openChampions } from './champions.ts';
import { openIngest } from './ingest.ts';
import { openKnownItems } from './known-items.ts';
import { openListModels } from './list-models.ts';
import { showFigures } from './model-figures.ts';
import { openPredict, openPredictBatch } from './predictor.ts';
import type { Clock } from './question.ts';
import { openReadiness } from './readiness.ts';
import { openFindReasons } from './reasons.ts';
import { replay } from './replay.ts';
import { readSpokenRules } from './rules.ts';

/** How a server is started. */
export interface StartOptions {
  /** Data directory. */
  readonly data: string;
  /** 0 = any free one. */
  readonly port: number;
  readonly host?: string;
  /** Answers without tokens; on loopback only. */
  readonly open?: boolean;
  /** Insight rules of the shop; default: the shipped ones. */
  readonly rules?: string | undefined;
  /** Default: the champion's, else UTC. */
  readonly timeZone?: string | undefined;
  readonly sessionGapMs?: number | undefined;
  readonly corsOrigins?: readonly string[];
  readonly logLevel?: string;
  readonly logTo?: DestinationStream;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly now?: () => number;
  /** How often the registry is asked for a new champion; default 1 s. */
  readonly watchEveryMs?: number;
  readonly onReplay?: (done: number, of: number) => void;
}

/** A server that listens. */
export interface RunningServer {
  readonly url: string;
  /** Stops accepting, answers what has begun, closes the store. */
  close(): Promise<void>;
}

const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);
const consoleFolder = join(import.meta.dirname, '..', '..', '..', 'console', 'dist');
/** Bounds of what the features remember; beyond them the longest unseen are forgotten. */
const memoryBounds = { maxShoppers: 1_000_000, maxItems: 500_000 } as const;

function accessFor({ open = false, host = '127.0.0.1', env = process.env, now = Date.now }: StartOptions, dir: DataDir): Access {
  if (!open) return { kind: 'tokens', verify: tokenVerifier(readTokenKeys(env, dir.keys), now) };
  if (!loopback.has(host))
    throw new TillcastError(
      'OPTION_INVALID',
      `an open server may listen on 127.0.0.1 alone, not on ${host}: leave --open out and use tokens`,
    );
  return { kind: 'open' };
}

/** The shop's time zone and session gap: as told, else as the champion was trained with, else the defaults. */
async function shopSettings({ timeZone, sessionGapMs }: StartOptions, registry: ModelRegistry) {
  const manifests = await registry.list();
  const versions = [await registry.resolve('session', 'champion'), await registry.resolve('item', 'champion')];
  const champion = versions
    .map((version) => manifests.find((manifest) => manifest.version === version))
    .find((manifest) => manifest !== undefined);
  return {
    timeZone: timeZone ?? champion?.timeZone ?? 'UTC',
    sessionGapMs: sessionGapMs ?? champion?.sessionGapMs ?? DEFAULT_SESSION_GAP_MS,
  };
}

function tell(log: Logger, news: ChampionNews): void {
  if (news.kind === 'refused')
    log.error(
      { err: news.error, target: news.target, version: news.version },
      'the champion cannot be served; the one before goes on',
    );
  else log.info(news, 'champion');
}

async function assemble(options: StartOptions, dir: DataDir, eventLog: EventLog, log: Logger) {
  const { now = Date.now } = options;
  const registry = openModelRegistry(dir);
  const metrics = openMetrics();
  const shop = await shopSettings(options, registry);
  const engine = openFeatureEngine({ ...shop, ...memoryBounds });
  const localTime = openZoneClock(shop.timeZone);
  const clock = (): Clock => ({ nowMs: now(), localTime, timeZone: shop.timeZone });
  const rules = readSpokenRules(
    options.rules,
    featureCatalog.map(({ name }) => name),
  );
  const champions = openChampions({
    registry,
    serving: { features: engine.features, ...shop },
    explaining: { onFailure: (error) => log.error({ err: error }, 'explanation failed') },
    everyMs: options.watchEveryMs ?? 1_000,
    onNews: (news) => {
      tell(log, news);
      showFigures(metrics, champions, news);
    },
  });
  await champions.refresh();
  const assess = openAssess({ engine, champions, localTime });
  const findReasons = openFindReasons(metrics, (error) => log.error({ err: error }, 'contributions withheld'));
  const known = openKnownItems();
  const board = openBoard({ engine, champions, assess, findReasons, rules, clock });
  const memory = { engine, known, touch: board.touch };
  const answering = { engine, known, assess, findReasons, rules, clock, newId: randomUUID, metrics };
  await replay(eventLog, memory, options.onReplay ?? (() => {}));
  const readiness = openReadiness(champions);
  const app = await buildApp({
    ingest: openIngest({ log: eventLog, memory, now, metrics }),
    predict: openPredict(answering),
    predictBatch: openPredictBatch(answering),
    listShoppers: board.list,
    listModels: openListModels(registry, champions),
    checkReady: readiness.check,
    metrics,
    access: accessFor(options, dir),
    corsOrigins: options.corsOrigins ?? [],
    consoleFolder,
    logger: log,
  });
  return { app, champions, readiness };
}

/** Starts a server on a data directory: replays the events into the features, loads the champions, listens. */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const { host = '127.0.0.1', port } = options;
  const dir = openDataDir(options.data);
  accessFor(options, dir);
  const log = pino({ level: options.logLevel ?? 'warn' }, options.logTo ?? pino.destination({ dest: 2, sync: true }));
  const eventLog = openEventLog(dir);
  try {
    const { app, champions, readiness } = await assemble(options, dir, eventLog, log);
    if (options.open === true) log.warn('open: everyone on this machine may ask and write, without a token');
    const url = await app.listen({ host, port });
    return {
      url,
      async close() {
        readiness.drain();
        await app.close();
        await champions.close();
        await eventLog.close();
      },
    };
  } catch (error) {
    await eventLog.close();
    throw error;
  }
}
