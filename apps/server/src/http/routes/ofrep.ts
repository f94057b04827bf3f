import { OfrepBulkAnswer, OfrepEvaluation, OfrepFailure, OfrepRequest } from '@tillcast/api/experiments';
import { Problem } from '@tillcast/api/problem';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { Ofrep } from '../../experiments/ofrep.ts';

const Params = Type.Object({ key: Type.String({ description: 'The experiment.', minLength: 1, maxLength: 256 }) });

/** `POST /ofrep/v1/evaluate/flags` and `…/{key}`: any OpenFeature SDK. */
export function ofrepRoutes(app: FastifyInstance, { ofrep }: { ofrep: Ofrep }): void {
  const unchecked = () => () => true;
  app.post<{ Params: { key: string }; Body: unknown }>(
    '/ofrep/v1/evaluate/flags/:key',
    {
      config: { permission: 'predictions:make' },
      schema: {
        operationId: 'evaluateFlag',
        summary: 'Which variant of an experiment is somebody in? (OpenFeature)',
        description: 'Exposes the unit, unless the context says `tillcast_expose: false`.',
        tags: ['experiments'],
        params: Params,
        body: OfrepRequest,
        response: { 200: OfrepEvaluation, 400: OfrepFailure, 404: OfrepFailure, default: Problem },
      },
      validatorCompiler: unchecked,
    },
    async ({ params, body }, reply) => {
      const answer = await ofrep.evaluate(params.key, body);
      return reply.code(answer.status).send(answer.body);
    },
  );
  app.post<{ Body: unknown }>(
    '/ofrep/v1/evaluate/flags',
    {
      config: { permission: 'predictions:make' },
      schema: {
        operationId: 'evaluateFlags',
        summary: 'Every experiment that runs, evaluated at once (OpenFeature)',
        description:
          'A prefetch: exposes nobody, unless the context says `tillcast_expose: true`. Answers 304 to a current `If-None-Match`.',
        tags: ['experiments'],
        body: OfrepRequest,
        response: { 200: OfrepBulkAnswer, 304: { type: 'null', description: 'As before.' }, 400: OfrepFailure, default: Problem },
      },
      validatorCompiler: unchecked,
    },
    async ({ body, headers }, reply) => {
      const answer = await ofrep.evaluateAll(body);
      if (answer.status !== 200) return reply.code(answer.status).send(answer.body);
      void reply.header('etag', answer.etag);
      return headers['if-none-match'] === answer.etag ? reply.code(304).send() : reply.send(answer.body);
    },
  );
}
