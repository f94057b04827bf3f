import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { type Access, guardRoutes } from './auth/guard.ts';
import { answerErrors, answerFrameworkError, clientErrorHandler } from './errors.ts';
import { acceptJsonOnly } from './json-body.ts';
import type { Metrics } from './metrics.ts';
import { answerWithIds, requestIdOf } from './request-ids.ts';
import { consoleRoutes } from './routes/console.ts';
import { docsRoutes } from './routes/docs.ts';
import { eventRoutes, type Ingest } from './routes/events.ts';
import { type Explain, explainRoutes } from './routes/explain.ts';
import { type CheckReady, healthRoutes } from './routes/health.ts';
import { type ListModels, modelRoutes } from './routes/models.ts';
import { type Predict, type PredictBatch, predictRoutes } from './routes/predict.ts';
import { type ListShoppers, shopperRoutes } from './routes/shoppers.ts';
import { type AnswerWhatIf, whatIfRoutes } from './routes/what-if.ts';
import { validatorCompiler } from './validation.ts';

/** What the app calls; it knows nothing else of the product. */
export interface Dependencies {
  readonly ingest: Ingest;
  readonly predict: Predict;
  readonly predictBatch: PredictBatch;
  readonly explain: Explain;
  readonly whatIf: AnswerWhatIf;
  readonly listShoppers: ListShoppers;
  readonly listModels: ListModels;
  readonly checkReady: CheckReady;
  readonly metrics: Metrics;
  readonly access: Access;
  /** Origins a browser may call from; empty = none but our own. */
  readonly corsOrigins: readonly string[];
  /** Where the built console lies. */
  readonly consoleFolder?: string;
  readonly logger?: FastifyBaseLogger;
}

/** Fastify waits for ever by default; every wait has an end here. */
const limits = {
  bodyLimit: 1_048_576,
  requestTimeout: 15_000,
  connectionTimeout: 30_000,
  keepAliveTimeout: 72_000,
  maxRequestsPerSocket: 0,
  handlerTimeout: 0,
} as const;

const contentSecurityPolicy = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'self'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'"],
    connectSrc: ["'self'"],
    objectSrc: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
};

/** Builds the app: schemas, guards and routes; whoever calls it listens. */
export async function buildApp(dependencies: Dependencies): Promise<FastifyInstance> {
  const app = Fastify({
    ...limits,
    http: { headersTimeout: 10_000, maxHeaderSize: 16_384 },
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: false },
    return503OnClosing: false,
    forceCloseConnections: 'idle',
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
  answerErrors(app);
  acceptJsonOnly(app);
  guardRoutes(app, dependencies.access);
  countRequests(app, dependencies.metrics);
  await app.register(helmet, { contentSecurityPolicy, crossOriginEmbedderPolicy: false });
  await app.register(cors, { origin: [...dependencies.corsOrigins], methods: ['GET', 'POST'], maxAge: 600 });
  await docsRoutes(app);
  eventRoutes(app, dependencies);
  predictRoutes(app, dependencies);
  explainRoutes(app, dependencies);
  whatIfRoutes(app, dependencies);
  shopperRoutes(app, dependencies);
  modelRoutes(app, dependencies);
  healthRoutes(app, dependencies);
  await consoleRoutes(app, { folder: dependencies.consoleFolder });
  return app;
}

/** Counts, and logs in one line, by route pattern, never by address: an address is the caller's to choose. */
function countRequests(app: FastifyInstance, { requests }: Metrics): void {
  app.addHook('onResponse', async (request, reply) => {
    const line = { method: request.method, route: request.routeOptions.url ?? 'none', status: reply.statusCode };
    requests.inc({ ...line, status: String(line.status) });
    request.log.info({ ...line, ms: Math.round(reply.elapsedTime * 1_000) / 1_000 }, 'answered');
  });
}
