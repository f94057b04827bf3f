import type { Target } from '@tillcast/core/scoring/bundle';
import { openInsightSetOf } from '../experiments/insight-set-of.ts';
import { buildApp } from '../http/app.ts';
import { openFront } from '../http/front.ts';
import { showFront } from '../http/front-metrics.ts';
import { openInference } from '../inference/infer.ts';
import { openIngest } from '../ingest/take-body.ts';
import { openIngestItemLines, openIngestItems } from '../ingest/take-items.ts';
import { openIngestLines } from '../ingest/take-lines.ts';
import { openTakeSegment } from '../ingest/take-segment.ts';
import { openInsightDesk } from '../rules/insight-desk.ts';
import { noSegments } from '../segments/no-segments.ts';
import { openDecide } from '../uplift/decider.ts';
import { openPolicies } from '../uplift/policies.ts';
import { openBatchDesk } from './batch-desk.ts';
import type { BoardParts } from './board.ts';
import { openCompletion } from './completion.ts';
import { openExplain } from './explain-answer.ts';
import { openWhatIf } from './explain-what-if.ts';
import { openListModels } from './list-models.ts';
import { openLiveScores } from './live-scores.ts';
import { openTakeOutcome } from './outcomes-intake.ts';
import { openLookUp } from './prediction-answer.ts';
import { newPredictionId } from './prediction-ids.ts';
import { openPredict, openPredictBatch } from './predictor.ts';
import { openReadiness } from './readiness.ts';
import { openScoreSoon } from './score-together.ts';
import { openKnowing } from './service/knowing.ts';
import type { Service, ServiceParts, ServiceSettings } from './service/parts.ts';
import { openPeople } from './service/people.ts';
import { openRemembering } from './service/remembering.ts';
import { openScoring } from './service/scoring.ts';
import { openTrials } from './service/trials.ts';
import { watchStore } from './watch-store.ts';

/**
 * Composes the whole service from its ports, along the path of an event: what is known (`knowing`), the models that score it (`scoring`), what is tried
 * (`trials`), the log replayed into all of it (`remembering`), the people it is about (`people`); then the routes.
 */
export async function openService(parts: ServiceParts, options: ServiceSettings = {}): Promise<Service> {
  const { registry, eventLog, deadLetters, catalogue, predictions, access, log } = parts;
  const knowing = await openKnowing(parts, options);
  const { now, metrics, engine, known, rules, ruleNames, clock, look, view, convert, onTrouble } = knowing;
  let tellMoved = (_target: Target): void => {};
  let insightSetOf: NonNullable<BoardParts['insightSetOf']> = async () => undefined;
  const scoring = await openScoring(
    ...([parts, options, knowing] as const),
    (target) => tellMoved(target),
    (question, target) => insightSetOf(question, target),
  );
  const { champions, assessor, sample, desk, findReasons, board } = scoring;
  const trials = await openTrials(parts, options, knowing);
  const { experiments, reports } = trials;
  insightSetOf = openInsightSetOf(experiments.serving, now);
  const remembering = await openRemembering(parts, options, knowing, scoring, trials);
  const { keeping, takeBatch: take, others } = remembering;
  const completion = openCompletion(view, convert, now);
  const answering = {
    ...{ engine, known, completion, assessor, findReasons, rules, clock, metrics, look },
    ...{ newId: newPredictionId, record: keeping.record, experiments: experiments.serving },
  };
  const explaining = { engine, known, assess: assessor.assess, sample, desk, clock, look };
  const predictBatch = openPredictBatch(answering);
  // Answers of a batch job are nobody's visit: they are in no log.
  const predictUnlogged = openPredictBatch({
    ...{ ...answering, rules: { ...rules, told: undefined }, record: () => {}, experiments: undefined },
  });
  const ask = (requests: readonly unknown[]) => predictUnlogged({ requests });
  const batchDesk = openBatchDesk({ folders: options.batch, registry, ask, now, onTrouble });
  const { segments, news, subjects } = openPeople(parts, options, knowing, scoring, trials, remembering, batchDesk);
  tellMoved = (target) => void news.tell({ kind: 'model_moved', target });
  const store = watchStore(() => eventLog.check());
  const readiness = openReadiness(champions, store.check);
  const front = options.front ?? openFront();
  showFront(front, metrics.registry);
  const ingest = openIngest(take, metrics);
  const intake = { take, letters: deadLetters, metrics, now };
  const items = { catalogue, learn: view.learn, metrics, now };
  const live = openLiveScores({ list: board.list, onTrouble });
  const app = await buildApp({
    front,
    ingest,
    ingestLines: openIngestLines(intake),
    takeSegment: openTakeSegment(intake),
    ingestItems: openIngestItems(items),
    ingestItemLines: openIngestItemLines(items),
    complete: completion.complete,
    predict: openPredict(answering, openScoreSoon(assessor.score, front.turnEnd)),
    predictBatch,
    decide: openDecide(answering, openPolicies(options.policies, engine.features, now), experiments.holdouts),
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
    webhookSecret: options.webhookSecret,
    checkReady: readiness.check,
    metrics,
    access,
    corsOrigins: options.corsOrigins ?? [],
    ...(options.consoleFolder === undefined ? {} : { consoleFolder: options.consoleFolder }),
    logger: log,
  });
  // Streams never end by themselves: they would hold the end up.
  app.addHook('preClose', async () => live.close());
  for (const held of [store, others, desk, batchDesk, reports, segments, keeping, experiments, news, knowing.hot])
    app.addHook('onClose', () => held?.close());
  const drain = (): void => {
    readiness.drain();
    live.close();
    front.closeConnections();
  };
  return { app, champions, keeping, experiments, segments, drain };
}
