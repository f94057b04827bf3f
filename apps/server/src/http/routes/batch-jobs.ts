import { Readable } from 'node:stream';
import { BatchJob, BatchJobQuery, BatchJobRequest, BatchJobsAnswer } from '@tillcast/api/batch-jobs';
import { Problem } from '@tillcast/api/problem';
import type { FastifyInstance, FastifyReply } from 'fastify';
import Type from 'typebox';
import { acceptLinesAndGzip } from '../packed-body.ts';
import { invalidInput } from '../problem.ts';
import { compileChecker } from '../validation.ts';
import { maxStreamBytes } from './events.ts';

/** A finished output, to be sent as it lies. */
export interface BatchOutput {
  readonly stream: Readable;
  readonly size: number;
  readonly type: string;
  readonly name: string;
}

/** What batch jobs are asked. Ids that are not there raise JOB_NOT_FOUND. */
export interface BatchJobs {
  /** Answers once the input and the job are on disk. */
  create(
    source: { readonly lines: AsyncIterable<Buffer> } | { readonly inbox: string },
    query: BatchJobQuery,
    key: string | undefined,
  ): Promise<BatchJob>;
  list(): BatchJobsAnswer;
  find(id: string): BatchJob;
  cancel(id: string): BatchJob;
  /** Raises JOB_NOT_DONE. */
  output(id: string): BatchOutput;
}

const Params = Type.Object({ id: Type.String({ description: 'The job.', minLength: 1, maxLength: 64 }) });
type Params = { readonly id: string };
const checkRequest = compileChecker(BatchJobRequest);
const checkQuery = compileChecker(BatchJobQuery);

const keyOf = (header: string | string[] | undefined): string | undefined => (Array.isArray(header) ? header.join(', ') : header);

function createRoute(app: FastifyInstance, jobs: BatchJobs): void {
  app.register(async (scope) => {
    acceptLinesAndGzip(scope, { maxLineBytes: maxStreamBytes });
    scope.post<{ Body: unknown; Querystring: BatchJobQuery }>(
      '/v1/batch-jobs',
      {
        config: { permission: 'predictions:make', takesGzip: true },
        schema: {
          operationId: 'createBatchJob',
          summary: 'Score many rows in the background',
          description:
            'The rows are the body (`application/x-ndjson`, 64 MB, also gzip; options in the query), or a file in the inbox of the data directory (JSON, options in the body). One row out for each row in, in order; the output appears whole. A job that is cut off goes on where it was. Idempotent by `Idempotency-Key`.',
          tags: ['batch'],
          querystring: BatchJobQuery,
          body: {
            content: {
              'application/json': { schema: BatchJobRequest },
              'application/x-ndjson': { schema: Type.Record(Type.String(), Type.Unknown()) },
            },
          },
          response: { 202: BatchJob, default: Problem },
        },
        validatorCompiler: () => () => true,
      },
      async ({ body, query, headers }, reply) => {
        const key = keyOf(headers['idempotency-key']);
        const send = (job: BatchJob): FastifyReply => reply.code(202).header('location', `/v1/batch-jobs/${job.id}`).send(job);
        if (body instanceof Readable) {
          const faults = checkQuery(query);
          if (faults.length > 0) throw invalidInput(faults);
          // What is left of a stream that is refused is not waited for.
          const job = await jobs.create({ lines: body }, query, key).catch((error: unknown) => {
            void reply.header('connection', 'close');
            throw error;
          });
          return send(job);
        }
        const faults = checkRequest(body);
        if (faults.length > 0) throw invalidInput(faults);
        const { inbox, ...options } = body as BatchJobRequest;
        return send(await jobs.create({ inbox }, options, key));
      },
    );
  });
}

/** `/v1/batch-jobs`: create, list, look up, cancel, fetch the output. */
export function batchJobRoutes(app: FastifyInstance, { batchJobs }: { batchJobs: BatchJobs }): void {
  createRoute(app, batchJobs);
  const common = { tags: ['batch'], response: { 200: BatchJob, default: Problem } };
  app.get(
    '/v1/batch-jobs',
    {
      config: { permission: 'predictions:read' },
      schema: {
        ...common,
        operationId: 'listBatchJobs',
        summary: 'The batch jobs of the last week, newest first',
        response: { 200: BatchJobsAnswer, default: Problem },
      },
    },
    async () => batchJobs.list(),
  );
  app.get<{ Params: Params }>(
    '/v1/batch-jobs/:id',
    {
      config: { permission: 'predictions:read' },
      schema: { ...common, operationId: 'getBatchJob', summary: 'A batch job, as it stands', params: Params },
    },
    async ({ params }) => batchJobs.find(params.id),
  );
  app.post<{ Params: Params }>(
    '/v1/batch-jobs/:id/cancel',
    {
      config: { permission: 'predictions:make' },
      schema: {
        ...common,
        operationId: 'cancelBatchJob',
        summary: 'Give a batch job up',
        description: 'A job that has ended stays as it is.',
        params: Params,
      },
    },
    async ({ params }) => batchJobs.cancel(params.id),
  );
  app.get<{ Params: Params }>(
    '/v1/batch-jobs/:id/output',
    {
      config: { permission: 'predictions:read' },
      schema: {
        operationId: 'getBatchOutput',
        summary: 'The output of a finished batch job',
        description: 'Columns: row, id, purchase_probability, log_odds, model_version, problem.',
        tags: ['batch'],
        params: Params,
        response: { default: Problem },
      },
    },
    async ({ params }, reply) => {
      const { stream, size, type, name } = batchJobs.output(params.id);
      return reply
        .type(type)
        .header('content-length', size)
        .header('content-disposition', `attachment; filename="${name}"`)
        .send(stream);
    },
  );
}
