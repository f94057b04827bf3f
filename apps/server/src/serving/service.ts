import { randomUUID } from 'node:crypto';
import { openFactCursor } from '@tillcast/core/catalogue/fact-cursor';
import { fillEvent } from '@tillcast/core/catalogue/fill-event';
import { openCatalogueView } from '@tillcast/core/catalogue/view';
import type { ShopEvent } from '@tillcast/core/events/event';
import { defaultSessionGapMs } from '@tillcast/core/events/session';
import { featureCatalog } from '@tillcast/core/features/catalog';
import { openZoneClock } from '@tillcast/core/features/zone-clock';
import type { DeadLetters } from '@tillcast/core/ports/dead-letters';
import type { EventLog } from '@tillcast/core/ports/event-log';
import type { ItemCatalogue } from '@tillcast/core/ports/item-catalogue';
import type { ModelRegistry } from '@tillcast/core/ports/model-registry';
import type { Suppressions } from '@tillcast/core/ports/suppressions';
import { openConvert } from '@tillcast/core/shop/convert';
import { noSettings, type ShopSettings } from '@tillcast/core/shop/settings';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { type OpenHotState, openOwnHotState } from '../compose.ts';
import { buildApp } from '../http/app.ts';
import type { Access } from '../http/auth/guard.ts';
import { type Front, openFront } from '../http/front.ts';
import { showFront } from '../http/front-metrics.ts';
import { openMetrics } from '../http/metrics.ts';
import { openInference } from '../inference/infer.ts';
import { openIntake } from '../ingest/intake.ts';
import { openIngest } from '../ingest/take-body.ts';
import { openIngestItemLines, openIngestItems } from '../ingest/take-items.ts';
import { openIngestLines } from '../ingest/take-lines.ts';
import { openTakeSegment } from '../ingest/take-segment.ts';
import { openTraffic } from '../ingest/traffic.ts';
import { filledLog } from '../jobs/filled-log.ts';
import { openSubjectDesk } from '../subjects/desk.ts';
import { openErasedList } from '../subjects/erased-list.ts';
import { openAssess } from './assess.ts';
import { type BatchFolders, openBatchDesk } from './batch-desk.ts';
import { openBoard } from './board.ts';
import { type ChampionNews, type Champions, openChampions } from './champions.ts';
import { openCompletion } from './completion.ts';
import { openExplain } from './explain-answer.ts';
import { openExplainDesk } from './explain-desk.ts';
import { openRowSample } from './explain-sample.ts';
import { openWhatIf } from './explain-what-if.ts';
import { openKnownItems } from './known-items.ts';
import { openLookNow, withoutErased } from './known-now.ts';
import { openLadder } from './ladder.ts';
import { openListModels } from './list-models.ts';
import { openLiveScores } from './live-scores.ts';
import { showFigures } from './model-figures.ts';
import { openTakeOutcome } from './outcomes-intake.ts';
import { openLookUp } from './prediction-answer.ts';
import type { PredictionStores } from './prediction-desk.ts';
import { type KeepingSettings, openPredictionKeeping, type PredictionKeeping } from './prediction-keeping.ts';
import { openPredict, openPredictBatch } from './predictor.ts';
import type { Clock } from './question.ts';
import { openReadiness } from './readiness.ts';
import { openFindReasons } from './reasons.ts';
import { replay } from './replay.ts';
import { readSpokenRules } from './rules.ts';
import { watchStore } from './watch-store.ts';

/** What the service stands on. */
export interface ServiceParts {
  readonly registry: ModelRegistry;
  readonly eventLog: EventLog;
  readonly deadLetters: DeadLetters;
  readonly catalogue: ItemCatalogue;
  readonly suppressions: Suppressions;
  /** Closed with the app. */
  readonly predictions: PredictionStores;
  /** Where what is known of shoppers and items is kept; default: in this process. */
  readonly openHotState?: OpenHotState;
  readonly access: Access;
  readonly log: Logger;
}

/** How the service behaves. */
export interface ServiceSettings extends KeepingSettings {
  readonly now?: () => number;
  readonly rules?: string | undefined;
  /** A file of traffic rules; default: the shipped ones. */
  readonly trafficRules?: string | undefined;
  /** What the shop says of itself: currency, time zone, days that matter. */
  readonly shop?: ShopSettings | undefined;
  readonly timeZone?: string | undefined;
  readonly sessionGapMs?: number | undefined;
  readonly corsOrigins?: readonly string[];
  readonly consoleFolder?: string;
  readonly watchEveryMs?: number;
  readonly onReplay?: (done: number, of: number) => void;
  /** What webhooks are signed with. */
  readonly webhookSecret?: string | undefined;
  /** Where batch jobs and the inbox lie; without, there are no jobs. */
  readonly batch?: BatchFolders;
  /** What stands before the app; default: deadlines, and shedding by the age of the queue. */
  readonly front?: Front;
}

/** The app with what it holds open. */
export interface Service {
  readonly app: FastifyInstance;
  readonly champions: Champions;
  readonly keeping: PredictionKeeping;
  /** From now on `/readyz` says no, and no connection is kept after its answer. */
  readonly drain: () => void;
}

/** Bounds of what the features remember; beyond them the longest unseen are forgotten. */
const memoryBounds = { maxShoppers: 1_000_000, maxItems: 500_000 } as const;

/** The shop's time zone and session gap: as told, else as the champion was trained with, else the defaults. */
async function shopSettings({ shop, timeZone = shop?.timeZone, sessionGapMs }: ServiceSettings, registry: ModelRegistry) {
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
export async function openService(parts: ServiceParts, options: ServiceSettings = {}): Promise<Service> {
  const { registry, eventLog, deadLetters, catalogue, suppressions, predictions, access, log } = parts;
  const { now = Date.now } = options;
  const metrics = openMetrics();
  const shop = await shopSettings(options, registry);
  const onTrouble = (error: unknown, what: string): void => log.error({ err: error }, what);
  const hot = (parts.openHotState ?? openOwnHotState)({ engine: { ...shop, ...memoryBounds }, now, onTrouble });
  const { engine } = hot;
  const look = openLookNow(hot);
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
  const scoreSafely = openLadder({
    now: () => performance.now(),
    onFailure: (error) => log.error({ err: error }, 'the model could not be asked; what is left of it answers'),
  });
  const assess = openAssess({ engine, champions, localTime, scoreSafely });
  const sample = openRowSample(assess);
  const desk = openExplainDesk(champions);
  const findReasons = openFindReasons(metrics, (error) => log.error({ err: error }, 'contributions withheld'));
  const known = openKnownItems();
  const board = openBoard({ engine, champions, assess: sample.assess, findReasons, rules, clock, look });
  const purgeExplanations = (): void => champions.purgeExplanations();
  const keeping = await openPredictionKeeping({ stores: predictions, engine, metrics, log, now, purgeExplanations }, options);
  const { noteOutcome, settle, record } = keeping;
  const view = openCatalogueView();
  const convert = openConvert(options.shop ?? noSettings);
  const completion = openCompletion(view, convert, now);
  const fill = (event: ShopEvent): ShopEvent => fillEvent(event, view, convert);
  const take = hot.isShared ? hot.take : undefined;
  const memory = { engine, known, touch: board.touch, noteOutcome, settle, fill, take };
  const explaining = { engine, known, assess, sample, desk, clock, look };
  const answering = {
    engine,
    known,
    completion,
    assess: sample.assess,
    findReasons,
    rules,
    clock,
    newId: randomUUID,
    metrics,
    look,
    record,
  };
  const facts = await openFactCursor(catalogue, view.learn);
  const erased = await openErasedList(suppressions);
  await replay({
    ...{ log: eventLog, letters: deadLetters, memory, facts, isErased: erased.has },
    onErased: (shopper) => keeping.erase('default', shopper),
    onProgress: options.onReplay ?? (() => {}),
  });
  await hot.restore(withoutErased(filledLog(eventLog, catalogue, convert), erased.has));
  keeping.replayed();
  const takeBatch = openIntake({
    log: eventLog,
    letters: deadLetters,
    memory,
    now,
    mark: openTraffic(options.trafficRules),
    isErased: erased.has,
    onTrouble,
  });
  const store = watchStore(() => eventLog.check());
  const readiness = openReadiness(champions, store.check);
  const front = options.front ?? openFront();
  showFront(front, metrics.registry);
  const ingest = openIngest(takeBatch, metrics);
  const items = { catalogue, learn: view.learn, metrics, now };
  const predictBatch = openPredictBatch(answering);
  const forget = async (shopper: string): Promise<void> => {
    board.forget(shopper);
    await hot.forget('default', shopper);
  };
  const subjects = openSubjectDesk({
    ...{ log: eventLog, letters: deadLetters, predictions: predictions.log, keeping, erased, engine, look, forget, now },
  });
  // Answers of a batch are nobody's visit: they are in no log.
  const predictUnlogged = openPredictBatch({ ...answering, record: () => {} });
  const ask = (requests: readonly unknown[]) => predictUnlogged({ requests });
  const batchDesk = openBatchDesk({ folders: options.batch, registry, ask, now, onTrouble });
  const live = openLiveScores({ list: board.list, onTrouble });
  const app = await buildApp({
    front,
    ingest,
    ingestLines: openIngestLines({ take: takeBatch, letters: deadLetters, metrics, now }),
    ingestItems: openIngestItems(items),
    ingestItemLines: openIngestItemLines(items),
    complete: completion.complete,
    predict: openPredict(answering),
    predictBatch,
    explain: openExplain(explaining),
    whatIf: openWhatIf(explaining),
    predictions: openLookUp(keeping.desk),
    takeOutcome: openTakeOutcome(keeping.desk, ingest),
    listShoppers: board.list,
    subjects,
    listModels: openListModels(registry, champions),
    inference: openInference({ champions, predictBatch }),
    batchJobs: batchDesk,
    joinLive: live.join,
    takeSegment: openTakeSegment({ take: takeBatch, letters: deadLetters, metrics, now }),
    webhookSecret: options.webhookSecret,
    checkReady: readiness.check,
    metrics,
    access,
    corsOrigins: options.corsOrigins ?? [],
    ...(options.consoleFolder === undefined ? {} : { consoleFolder: options.consoleFolder }),
    logger: log,
  });
  app.addHook('onClose', () => store.close());
  app.addHook('onClose', () => desk.close());
  app.addHook('onClose', () => batchDesk.close());
  // Streams never end by themselves: they would hold the end up.
  app.addHook('preClose', async () => live.close());
  app.addHook('onClose', () => keeping.close());
  app.addHook('onClose', () => hot.close());
  const drain = (): void => {
    readiness.drain();
    live.close();
    front.closeConnections();
  };
  return { app, champions, keeping, drain };
}
