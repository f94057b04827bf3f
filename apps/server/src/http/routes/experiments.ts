import { ExperimentResults } from '@tillcast/api/experiment-results';
import {
  Experiment,
  ExperimentConfig,
  ExperimentDetail,
  ExperimentEdit,
  ExperimentMove,
  ExperimentsAnswer,
  ExposureAnswer,
  ExposureRequest,
  PowerQuery,
  ResultsQuery,
} from '@tillcast/api/experiments';
import { Problem } from '@tillcast/api/problem';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';

/** What the routes of experiments call. */
export interface Experiments {
  create(config: unknown, by: string): Promise<Experiment>;
  edit(id: string, edit: ExperimentEdit, by: string): Promise<Experiment>;
  start(id: string, move: ExperimentMove, by: string): Promise<Experiment>;
  stop(id: string, move: ExperimentMove, by: string): Promise<Experiment>;
  list(): Promise<ExperimentsAnswer>;
  find(id: string): Promise<ExperimentDetail>;
  results(id: string, query: ResultsQuery): Promise<ExperimentResults>;
  power(id: string, query: PowerQuery): Promise<unknown>;
  take(id: string, request: ExposureRequest): Promise<ExposureAnswer>;
}

type ById = { Params: { id: string } };
const Params = Type.Object({ id: Type.String({ description: 'The experiment.', minLength: 1, maxLength: 256 }) });
const tags = ['experiments'];
const read = { permission: 'experiments:read' } as const;
const write = { permission: 'experiments:write' } as const;

/** `/v1/experiments…`: their life, their units, their results. */
export function experimentRoutes(app: FastifyInstance, { experiments }: { experiments: Experiments }): void {
  changeRoutes(app, experiments);
  readRoutes(app, experiments);
  app.post<ById & { Body: ExposureRequest }>(
    '/v1/experiments/:id/exposures',
    {
      config: { permission: 'predictions:make' },
      schema: {
        operationId: 'exposeUnit',
        summary: 'Somebody meets an experiment: which variant, and log it once',
        ...{ tags, params: Params, body: ExposureRequest, response: { 200: ExposureAnswer, default: Problem } },
      },
    },
    async ({ params, body }) => experiments.take(params.id, body),
  );
}

function changeRoutes(app: FastifyInstance, experiments: Experiments): void {
  app.post<{ Body: unknown }>(
    '/v1/experiments',
    {
      config: write,
      schema: {
        operationId: 'createExperiment',
        summary: 'Write an experiment down; it assigns nobody until it is started',
        ...{ tags, body: ExperimentConfig, response: { 201: Experiment, default: Problem } },
      },
      // Read by the product itself, which knows a remedy for each fault.
      validatorCompiler: () => () => true,
    },
    async ({ body, callerName }, reply) => reply.code(201).send(await experiments.create(body, callerName)),
  );
  app.put<ById & { Body: ExperimentEdit }>(
    '/v1/experiments/:id',
    {
      config: write,
      schema: {
        operationId: 'editExperiment',
        summary: 'Change an experiment; while it runs only what does not make it another one',
        description:
          'While it runs: `traffic_split`, `exposure_share`, `stop_at`, `guardrails`, `description`. Units that were exposed stay where they are.',
        ...{ tags, params: Params, body: ExperimentEdit, response: { 200: Experiment, default: Problem } },
      },
      validatorCompiler: () => () => true,
    },
    async ({ params, body, callerName }) => experiments.edit(params.id, body, callerName),
  );
  for (const [move, summary] of [
    ['start', 'Start an experiment: its models are pinned, and units are assigned from now on'],
    ['stop', 'Stop an experiment for good'],
  ] as const)
    app.post<ById & { Body: ExperimentMove | undefined }>(
      `/v1/experiments/:id/${move}`,
      {
        config: write,
        schema: {
          operationId: `${move}Experiment`,
          ...{ summary, tags, params: Params, body: ExperimentMove, response: { 200: Experiment, default: Problem } },
        },
      },
      async ({ params, body, callerName }) => experiments[move](params.id, body ?? {}, callerName),
    );
}

function readRoutes(app: FastifyInstance, experiments: Experiments): void {
  app.get(
    '/v1/experiments',
    {
      config: read,
      schema: {
        operationId: 'listExperiments',
        summary: 'Every experiment',
        ...{ tags, response: { 200: ExperimentsAnswer, default: Problem } },
      },
    },
    async () => experiments.list(),
  );
  app.get<ById>(
    '/v1/experiments/:id',
    {
      config: read,
      schema: {
        operationId: 'getExperiment',
        summary: 'One experiment, with its history and its units',
        ...{ tags, params: Params, response: { 200: ExperimentDetail, default: Problem } },
      },
    },
    async ({ params }) => experiments.find(params.id),
  );
  app.get<ById & { Querystring: ResultsQuery }>(
    '/v1/experiments/:id/results',
    {
      config: read,
      schema: {
        operationId: 'getExperimentResults',
        summary: 'What an experiment says by a moment, and whether that is known yet',
        ...{ tags, params: Params, querystring: ResultsQuery },
        response: { 200: ExperimentResults, default: Problem },
      },
    },
    async ({ params, query }) => experiments.results(params.id, query),
  );
  app.get<ById & { Querystring: PowerQuery }>(
    '/v1/experiments/:id/power',
    {
      config: read,
      schema: {
        operationId: 'planExperiment',
        summary: 'How many units and days an experiment needs, or what lift it can see',
        ...{ tags, params: Params, querystring: PowerQuery },
        response: { 200: { type: 'object', additionalProperties: true, description: 'The plan.' }, default: Problem },
      },
    },
    async ({ params, query }) => experiments.power(params.id, query),
  );
}
