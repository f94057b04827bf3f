import { openFactCursor } from '@tillcast/core/catalogue/fact-cursor';
import { fillEvent } from '@tillcast/core/catalogue/fill-event';
import { openCatalogueView } from '@tillcast/core/catalogue/view';
import type { ShopEvent } from '@tillcast/core/events/event';
import { defaultSessionGapMs } from '@tillcast/core/events/session';
import { featureCatalog } from '@tillcast/core/features/catalog';
import { openZoneClock } from '@tillcast/core/features/zone-clock';
import type { Bus } from '@tillcast/core/ports/bus';
import type { Cache } from '@tillcast/core/ports/cache';
import type { DeadLetters } from '@tillcast/core/ports/dead-letters';
import type { EventLog } from '@tillcast/core/ports/event-log';
import type { ItemCatalogue } from '@tillcast/core/ports/item-catalogue';
import type { ModelRegistry } from '@tillcast/core/ports/model-registry';
import type { Suppressions } from '@tillcast/core/ports/suppressions';
import type { Target } from '@tillcast/core/scoring/bundle';
import { openConvert } from '@tillcast/core/shop/convert';
import { noSettings, type ShopSettings } from '@tillcast/core/shop/settings';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { type OpenHotState, openOwnBus, openOwnHotState, openPassingExperiments } from '../compose.ts';
import { defaultStateMemoryMb } from '../config.ts';
import { openMarginOf } from '../experiments/margin-of.ts';
import { type ExperimentStores, openExperiments, type ServedExperiments } from '../experiments/open-experiments.ts';
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
import { openReports } from '../money/open-reports.ts';
import { openInsightDesk } from '../rules/insight-desk.ts';
import { openLocalMinutes } from '../segments/local-minutes.ts';
import { noSegments } from '../segments/no-segments.ts';
import { openSegmentService, type SegmentService, type SegmentSettings } from '../segments/service.ts';
import { openSubjectDesk } from '../subjects/desk.ts';
import { openErasedList } from '../subjects/erased-list.ts';
import { openDecide } from '../uplift/decider.ts';
import { openPolicies } from '../uplift/policies.ts';
import { openAssess } from './assess.ts';
import { type BatchFolders, openBatchDesk } from './batch-desk.ts';
import { openBoard } from './board.ts';
import { type ChampionNews, type Champions, openChampions } from './champions.ts';
import { openCompletion } from './completion.ts';
import { openExplain } from './explain-answer.ts';
import { openExplainDesk } from './explain-desk.ts';
import { openRowSample } from './explain-sample.ts';
import { openWhatIf } from './explain-what-if.ts';
import { followOthers } from './follow-others.ts';
import { openHearNews } from './hear-news.ts';
import { openKnownItems } from './known-items.ts';
import { openLookNow, withoutErased } from './known-now.ts';
import { openLadder } from './ladder.ts';
import { openListModels } from './list-models.ts';
import { openLiveScores } from './live-scores.ts';
import { showFigures } from './model-figures.ts';
import { openNews } from './news.ts';
import { openTakeOutcome } from './outcomes-intake.ts';
import { openLookUp } from './prediction-answer.ts';
import type { PredictionStores } from './prediction-desk.ts';
import { newPredictionId } from './prediction-ids.ts';
import { type KeepingSettings, openPredictionKeeping, type PredictionKeeping } from './prediction-keeping.ts';
import { openPredict, openPredictBatch } from './predictor.ts';
import type { Clock } from './question.ts';
import { openReadiness } from './readiness.ts';
import { openFindReasons } from './reasons.ts';
import { showRemembered } from './remembered-metrics.ts';
import { replay } from './replay.ts';
import { openItemFacts, readSpokenRules } from './rules.ts';
import { openScoreSoon } from './score-together.ts';
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
  /** Closed with the app; default: in this process. */
  readonly experiments?: ExperimentStores;
  /** Where what is known of shoppers and items is kept; default: in this process. */
  readonly openHotState?: OpenHotState;
  /** Tells the processes that share the stores what they cannot see there; default: there are no others. */
  readonly bus?: Bus;
  /** Where these share explanations; default: nowhere. */
  readonly cache?: Cache | undefined;
  readonly access: Access;
  readonly log: Logger;
}

/** How the service behaves. */
export interface ServiceSettings extends KeepingSettings {
  readonly now?: () => number;
  readonly rules?: string | undefined;
  /** The language insights are spoken in (BCP 47); default: that of the rules. */
  readonly language?: string | undefined;
  /** Where segments lie and how they are timed; without, there are none. */
  readonly segmentation?: SegmentSettings | undefined;
  /** A file of traffic rules; default: the shipped ones. */
  readonly trafficRules?: string | undefined;
  /** What the shop says of itself: currency, time zone, days that matter. */
  readonly shop?: ShopSettings | undefined;
  readonly timeZone?: string | undefined;
  readonly sessionGapMs?: number | undefined;
  /** Memory for what features remember of shoppers and items, MiB. */
  readonly stateMemoryMb?: number | undefined;
  readonly corsOrigins?: readonly string[];
  readonly consoleFolder?: string;
  readonly watchEveryMs?: number;
  readonly onReplay?: (done: number, of: number) => void;
  /** What webhooks are signed with. */
  readonly webhookSecret?: string | undefined;
  /** Where learnt policies lie; without, there are none. */
  readonly policies?: string;
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
  /** Undefined without a data directory. */
  readonly segments: SegmentService | undefined;
  readonly experiments: ServedExperiments;
  /** From now on `/readyz` says no, and no connection is kept after its answer. */
  readonly drain: () => void;
}

/** Whose events these are, where nobody says otherwise. */
const tenant = 'default';

/** How often is looked at what other processes wrote into catalogue and list of erased people. */
const followEveryMs = 5_000;

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
  const { now = Date.now, stateMemoryMb = defaultStateMemoryMb } = options;
  const metrics = openMetrics();
  const shop = await shopSettings(options, registry);
  const onTrouble = (error: unknown, what: string): void => log.error({ err: error }, what);
  const hot = (parts.openHotState ?? openOwnHotState)({
    engine: { ...shop, memoryBytes: stateMemoryMb * 1_048_576 },
    now,
    onTrouble,
  });
  const { engine } = hot;
  const look = openLookNow(hot);
  const localTime = openZoneClock(shop.timeZone);
  const clock = (): Clock => ({ nowMs: now(), localTime, timeZone: shop.timeZone });
  const view = openCatalogueView();
  const convert = openConvert(options.shop ?? noSettings);
  const ruleNames = {
    features: featureCatalog.map(({ name }) => name),
    treatments: [...(options.shop ?? noSettings).treatmentCosts.keys()],
  };
  const rules = readSpokenRules({
    file: options.rules,
    language: options.language,
    ...ruleNames,
    shop: { settings: options.shop ?? noSettings, convert, itemFacts: openItemFacts(view) },
  });
  let tellMoved = (_target: Target): void => {};
  const champions = openChampions({
    registry,
    serving: { features: engine.features, ...shop },
    cache: parts.cache,
    explaining: { onFailure: (error) => log.error({ err: error }, 'explanation failed') },
    everyMs: options.watchEveryMs ?? 1_000,
    onNews: (news) => {
      tell(log, news);
      showFigures(metrics, champions, news);
      if (news.kind !== 'refused') tellMoved(news.target);
    },
  });
  await champions.refresh();
  const scoreSafely = openLadder({
    now: () => performance.now(),
    onFailure: (error) => log.error({ err: error }, 'the model could not be asked; what is left of it answers'),
  });
  const sample = openRowSample();
  const assessor = openAssess({ engine, champions, localTime, scoreSafely, keep: sample.keep });
  const { assess } = assessor;
  const desk = openExplainDesk(champions);
  const findReasons = openFindReasons(metrics, (error) => log.error({ err: error }, 'contributions withheld'));
  const known = openKnownItems();
  const board = openBoard({ engine, champions, assess, findReasons, rules, clock, look });
  const experimentStores = parts.experiments ?? openPassingExperiments();
  const marginOf = openMarginOf(view, convert, options.shop ?? noSettings);
  const experiments = await openExperiments({
    ...{ stores: experimentStores, registry, events: eventLog, metrics, now, onTrouble },
    serving: { features: engine.features, ...shop },
    explaining: { onFailure: (error) => log.error({ err: error }, 'explanation failed') },
    marginOf,
    everyMs: options.watchEveryMs ?? 1_000,
  });
  const reports = openReports({
    ...{ exposures: experimentStores.exposures, events: eventLog, experiments: experimentStores.store },
    marginAsOf: (knownByMs) => openMarginOf(view, convert, options.shop ?? noSettings, knownByMs),
    ...{ shop: options.shop ?? noSettings, now, settle: experiments.settle },
    predictions: predictions.log,
  });
  const purgeExplanations = (): void => {
    champions.purgeExplanations();
    experiments.purgeExplanations();
  };
  const keeping = await openPredictionKeeping({ stores: predictions, engine, metrics, log, now, purgeExplanations }, options);
  const { settle, record } = keeping;
  const noteOutcome = (event: ShopEvent): void => {
    keeping.noteOutcome(event);
    experiments.note(event);
  };
  const completion = openCompletion(view, convert, now);
  const fill = (event: ShopEvent): ShopEvent => fillEvent(event, view, convert);
  const take = hot.isShared ? hot.take : undefined;
  const memory = { engine, known, touch: board.touch, noteOutcome, settle, fill, take };
  const explaining = { engine, known, assess, sample, desk, clock, look };
  const answering = {
    engine,
    known,
    completion,
    assessor,
    findReasons,
    rules,
    clock,
    newId: newPredictionId,
    metrics,
    look,
    record,
    experiments: experiments.serving,
  };
  const facts = await openFactCursor(catalogue, view.learn);
  const erased = await openErasedList(suppressions);
  await replay({
    ...{ log: eventLog, letters: deadLetters, memory, facts, isErased: erased.has },
    onErased: (shopper) => keeping.erase(tenant, shopper),
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
  const others = followOthers(
    { catalogue, learn: view.learn, erased, now, onTrouble },
    options.watchEveryMs === 0 ? 0 : followEveryMs,
  );
  const store = watchStore(() => eventLog.check());
  const readiness = openReadiness(champions, store.check);
  const front = options.front ?? openFront();
  showFront(front, metrics.registry);
  showRemembered(engine, metrics.registry);
  const ingest = openIngest(takeBatch, metrics);
  const items = { catalogue, learn: view.learn, metrics, now };
  const predictBatch = openPredictBatch(answering);
  const forgetHere = async (shopper: string): Promise<void> => {
    board.forget(shopper);
    rules.told?.forget(shopper);
    await segments?.forget(shopper);
    await experiments.erase(shopper);
  };
  const news = openNews({
    bus: parts.bus ?? openOwnBus(),
    hear: openHearNews({ erased, keeping, forget: forgetHere, letGo: hot.letGo, refresh: champions.refresh }),
    onTrouble,
  });
  tellMoved = (target) => void news.tell({ kind: 'model_moved', target });
  // Answers of a batch are nobody's visit: they are in no log.
  const predictUnlogged = openPredictBatch({
    ...{ ...answering, rules: { ...rules, told: undefined }, record: () => {}, experiments: undefined },
  });
  const ask = (requests: readonly unknown[]) => predictUnlogged({ requests });
  const batchDesk = openBatchDesk({ folders: options.batch, registry, ask, now, onTrouble });
  const subjects = openSubjectDesk({
    ...{ log: eventLog, letters: deadLetters, predictions: predictions.log, keeping, erased, engine, look, now },
    async forget(shopper) {
      await forgetHere(shopper);
      await hot.forget(tenant, shopper);
    },
    async refold(shoppers) {
      await hot.refold(tenant, shoppers);
      await news.tell({ kind: 'refolded', tenant, shoppers });
    },
    onErased: (shoppers, erasedAtMs) => news.tell({ kind: 'erased', tenant, shoppers, erasedAtMs }),
    batchJobs: batchDesk.people,
    exposuresOf: experiments.exposuresOf,
  });
  const segments =
    options.segmentation &&
    openSegmentService(
      {
        reading: { log: filledLog(eventLog, catalogue, convert), ...shop, isErased: erased.has },
        chances: { engine, champions, assess, clock, sessionGapMs: shop.sessionGapMs, look },
        ...{ margin: options.shop?.margin, language: options.language, now, onTrouble },
        minutesOf: openLocalMinutes(shop.timeZone),
      },
      options.segmentation,
    );
  const live = openLiveScores({ list: board.list, onTrouble });
  const app = await buildApp({
    front,
    ingest,
    ingestLines: openIngestLines({ take: takeBatch, letters: deadLetters, metrics, now }),
    ingestItems: openIngestItems(items),
    ingestItemLines: openIngestItemLines(items),
    complete: completion.complete,
    predict: openPredict(answering, openScoreSoon(assessor.score, front.turnEnd)),
    predictBatch,
    decide: openDecide(answering, openPolicies(options.policies, engine.features, now)),
    explain: openExplain(explaining),
    whatIf: openWhatIf(explaining),
    predictions: openLookUp(keeping.desk),
    takeOutcome: openTakeOutcome(keeping.desk, ingest),
    listShoppers: board.list,
    subjects,
    listModels: openListModels(registry, champions),
    inference: openInference({ champions, predictBatch }),
    batchJobs: batchDesk,
    segments: segments?.desk ?? noSegments,
    insights: openInsightDesk({ rules, names: ruleNames, now, predictions: predictions.log, registry }),
    experiments: experiments.routes,
    reports,
    ofrep: experiments.ofrep,
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
  app.addHook('onClose', () => others.close());
  app.addHook('onClose', () => desk.close());
  app.addHook('onClose', () => batchDesk.close());
  app.addHook('onClose', () => reports.close());
  // Streams never end by themselves: they would hold the end up.
  app.addHook('preClose', async () => live.close());
  app.addHook('onClose', () => segments?.close());
  app.addHook('onClose', () => keeping.close());
  app.addHook('onClose', () => experiments.close());
  app.addHook('onClose', () => news.close());
  app.addHook('onClose', () => hot.close());
  const drain = (): void => {
    readiness.drain();
    live.close();
    front.closeConnections();
  };
  return { app, champions, keeping, experiments, segments, drain };
}
