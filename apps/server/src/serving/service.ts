import { randomUUID } from 'node:crypto';
import { defaultSessionGapMs } from '@tillcast/core/events/session';
import { featureCatalog } from '@tillcast/core/features/catalog';
import { openFeatureEngine } from '@tillcast/core/features/feature-engine';
import { openZoneClock } from '@tillcast/core/features/zone-clock';
import type { EventLog } from '@tillcast/core/ports/event-log';
import type { ModelRegistry } from '@tillcast/core/ports/model-registry';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { buildApp } from '../http/app.ts';
import type { Access } from '../http/auth/guard.ts';
import { openMetrics } from '../http/metrics.ts';
import { openAssess } from './assess.ts';
import { openBoard } from './board.ts';
import { type ChampionNews, type Champions, openChampions } from './champions.ts';
import { openExplain } from './explain-answer.ts';
import { openExplainDesk } from './explain-desk.ts';
import { openRowSample } from './explain-sample.ts';
import { openWhatIf } from './explain-what-if.ts';
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

/** What the service stands on. */
export interface ServiceParts {
  readonly registry: ModelRegistry;
  readonly eventLog: EventLog;
  readonly access: Access;
  readonly log: Logger;
}

/** How the service behaves. */
export interface ServiceSettings {
  readonly now?: () => number;
  readonly rules?: string | undefined;
  readonly timeZone?: string | undefined;
  readonly sessionGapMs?: number | undefined;
  readonly corsOrigins?: readonly string[];
  readonly consoleFolder?: string;
  readonly watchEveryMs?: number;
  readonly onReplay?: (done: number, of: number) => void;
}

/** The app with what it holds open. */
export interface Service {
  readonly app: FastifyInstance;
  readonly champions: Champions;
  /** From now on `/readyz` says no. */
  readonly drain: () => void;
}

/** Bounds of what the features remember; beyond them the longest unseen are forgotten. */
const memoryBounds = { maxShoppers: 1_000_000, maxItems: 500_000 } as const;

/** The shop's time zone and session gap: as told, else as the champion was trained with, else the defaults. */
async function shopSettings({ timeZone, sessionGapMs }: ServiceSettings, registry: ModelRegistry) {
  const manifests = await registry.list();
  const versions = [await registry.resolve('session', 'champion'), await registry.resolve('item', 'champion')];
  const champion = versions
    .map((version) => manifests.find((manifest) => manifest.version === version))
    .find((manifest) => manifest !== undefined);
  return {
    timeZone: timeZone ?? champion?.timeZone ?? 'UTC',
    sessionGapMs: sessionGapMs ?? champion?.sessionGapMs ?? defaultSessionGapMs,
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

/** Composes the whole service from its ports: features filled from the log, champions loaded, routes built. */
export async function openService(
  { registry, eventLog, access, log }: ServiceParts,
  options: ServiceSettings = {},
): Promise<Service> {
  const { now = Date.now } = options;
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
  const sample = openRowSample(assess);
  const desk = openExplainDesk(champions);
  const findReasons = openFindReasons(metrics, (error) => log.error({ err: error }, 'contributions withheld'));
  const known = openKnownItems();
  const board = openBoard({ engine, champions, assess: sample.assess, findReasons, rules, clock });
  const memory = { engine, known, touch: board.touch };
  const explaining = { engine, known, assess, sample, desk, clock };
  const answering = { engine, known, assess: sample.assess, findReasons, rules, clock, newId: randomUUID, metrics };
  await replay(eventLog, memory, options.onReplay ?? (() => {}));
  const readiness = openReadiness(champions);
  const app = await buildApp({
    ingest: openIngest({ log: eventLog, memory, now, metrics }),
    predict: openPredict(answering),
    predictBatch: openPredictBatch(answering),
    explain: openExplain(explaining),
    whatIf: openWhatIf(explaining),
    listShoppers: board.list,
    listModels: openListModels(registry, champions),
    checkReady: readiness.check,
    metrics,
    access,
    corsOrigins: options.corsOrigins ?? [],
    ...(options.consoleFolder === undefined ? {} : { consoleFolder: options.consoleFolder }),
    logger: log,
  });
  app.addHook('onClose', () => desk.close());
  return { app, champions, drain: readiness.drain };
}
