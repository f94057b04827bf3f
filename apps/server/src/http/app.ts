import cors from '@fastify/cors';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Ofrep } from '../experiments/ofrep.ts';
import type { Inference } from '../inference/infer.ts';
import { type Access, guardRoutes } from './auth/guard.ts';
import { limits } from './deadlines.ts';
import { answerErrors, answerFrameworkError, clientErrorHandler } from './errors.ts';
import type { Front } from './front.ts';
import { acceptJsonOnly } from './json-body.ts';
import type { Metrics } from './metrics.ts';
import { answerWithIds, requestIdOf } from './request-ids.ts';
import { type BatchJobs, batchJobRoutes } from './routes/batch-jobs.ts';
import { consoleRoutes } from './routes/console.ts';
import { type Decide, decideRoutes } from './routes/decide.ts';
import { docsRoutes } from './routes/docs.ts';
import { eventRoutes, type Ingest, type IngestLines } from './routes/events.ts';
import { type Experiments, experimentRoutes } from './routes/experiments.ts';
import { type Explain, explainRoutes } from './routes/explain.ts';
import { type CheckReady, healthRoutes } from './routes/health.ts';
import { type InsightDesk, insightRoutes } from './routes/insights.ts';
import { type IngestItemLines, type IngestItems, itemRoutes } from './routes/items.ts';
import { type JoinLive, liveRoutes } from './routes/live.ts';
import { type ListModels, modelRoutes } from './routes/models.ts';
import { ofrepRoutes } from './routes/ofrep.ts';
import { outcomeRoutes, type TakeOutcome } from './routes/outcomes.ts';
import { type Predict, type PredictBatch, predictRoutes } from './routes/predict.ts';
import { type LookUpPredictions, predictionRoutes } from './routes/predictions.ts';
import { type Reports, reportRoutes } from './routes/reports.ts';
import { type SegmentDesk, segmentRoutes } from './routes/segments.ts';
import { type ListShoppers, shopperRoutes } from './routes/shoppers.ts';
import { type Subjects, subjectRoutes } from './routes/subjects.ts';
import { v2Routes } from './routes/v2.ts';
import { type TakeSegment, webhookRoutes } from './routes/webhooks.ts';
import { type AnswerWhatIf, whatIfRoutes } from './routes/what-if.ts';
import { answerSecurely } from './security-headers.ts';
import { validatorCompiler } from './validation.ts';

/** What the app calls; it knows nothing else of the product. */
export interface Dependencies {
  readonly ingest: Ingest;
  readonly ingestLines: IngestLines;
  readonly ingestItems: IngestItems;
  readonly ingestItemLines: IngestItemLines;
  /** Fills what a question leaves out. */
  readonly complete: (body: unknown) => unknown;
  readonly predict: Predict;
  readonly predictBatch: PredictBatch;
  readonly decide: Decide;
  readonly predictions: LookUpPredictions;
  readonly takeOutcome: TakeOutcome;
  readonly explain: Explain;
  readonly whatIf: AnswerWhatIf;
  readonly listShoppers: ListShoppers;
  readonly subjects: Subjects;
  readonly listModels: ListModels;
  readonly inference: Inference;
  readonly batchJobs: BatchJobs;
  readonly insights: InsightDesk;
  readonly segments: SegmentDesk;
  readonly experiments: Experiments;
  readonly reports: Reports;
  readonly ofrep: Ofrep;
  readonly joinLive: JoinLive;
  readonly takeSegment: TakeSegment;
  /** What webhooks are signed with; without, they need a token. */
  readonly webhookSecret?: string | undefined;
  readonly checkReady: CheckReady;
  readonly metrics: Metrics;
  readonly access: Access;
  /** Origins a browser may call from; empty = none but our own. */
  readonly corsOrigins: readonly string[];
  /** Where the built console lies. */
  readonly consoleFolder?: string;
  readonly logger?: FastifyBaseLogger;
  readonly front: Front;
}

/** Builds the app: schemas, guards and routes; whoever calls it listens. */
export async function buildApp(dependencies: Dependencies): Promise<FastifyInstance> {
  const app = Fastify({
    serverFactory: dependencies.front.serverFactory,
    bodyLimit: limits.bodyBytes,
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: false },
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    // A child logger a request costs more than the one line most of them say: what is logged names its request itself.
    childLoggerFactory: (logger) => logger,
    trustProxy: false,
    exposeHeadRoutes: true,
    genReqId: (request) => requestIdOf(request.headers),
    requestIdHeader: false,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    frameworkErrors: answerFrameworkError,
    clientErrorHandler,
    ...(dependencies.logger === undefined ? { logger: false } : { loggerInstance: dependencies.logger }),
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  answerWithIds(app);
  answerSecurely(app);
  answerErrors(app);
  acceptJsonOnly(app);
  guardRoutes(app, dependencies.access);
  countRequests(app, dependencies.metrics);
  if (dependencies.corsOrigins.length > 0)
    await app.register(cors, { origin: [...dependencies.corsOrigins], methods: ['GET', 'POST'], maxAge: 600 });
  await docsRoutes(app);
  eventRoutes(app, dependencies);
  itemRoutes(app, dependencies);
  predictRoutes(app, dependencies);
  decideRoutes(app, dependencies);
  predictionRoutes(app, dependencies);
  outcomeRoutes(app, dependencies);
  explainRoutes(app, dependencies);
  whatIfRoutes(app, dependencies);
  shopperRoutes(app, dependencies);
  subjectRoutes(app, dependencies);
  modelRoutes(app, dependencies);
  v2Routes(app, dependencies);
  batchJobRoutes(app, dependencies);
  insightRoutes(app, dependencies);
  segmentRoutes(app, dependencies);
  experimentRoutes(app, dependencies);
  reportRoutes(app, dependencies);
  ofrepRoutes(app, dependencies);
  liveRoutes(app, dependencies);
  webhookRoutes(app, dependencies);
  healthRoutes(app, dependencies);
  await consoleRoutes(app, { folder: dependencies.consoleFolder });
  return app;
}

/** Counts, and logs in one line, by route pattern, never by address: an address is the caller's to choose. */
function countRequests(app: FastifyInstance, { requests }: Metrics): void {
  app.addHook('onResponse', (request, reply, done) => {
    const { method, routeOptions, id, log } = request;
    const route = routeOptions.url ?? 'none';
    const status = reply.statusCode;
    requests.inc({ method, route, status: String(status) });
    log.info({ method, route, status, ms: Math.round(reply.elapsedTime * 1_000) / 1_000, requestId: id }, 'answered');
    done();
  });
}
