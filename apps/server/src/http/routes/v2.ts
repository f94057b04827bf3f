import { V2Error, V2InferRequest, V2InferResponse, V2Live, V2Model, V2Ready, V2Server } from '@tillcast/api/v2';
import type { FastifyInstance, FastifyReply } from 'fastify';
import Type from 'typebox';
import server from '../../../package.json' with { type: 'json' };
import { jsonLengthHeader, openEnvelope, sealEnvelope } from '../../inference/envelope.ts';
import type { Inference } from '../../inference/infer.ts';
import { HttpRefusal, problemOf } from '../problem.ts';
import type { CheckReady } from './health.ts';

const path = { description: 'The model: `item` or `session`.', minLength: 1, maxLength: 256 };
const Named = Type.Object({ name: Type.String(path) });
const Versioned = Type.Object({
  name: Type.String(path),
  version: Type.String({ description: 'The version of its champion.', minLength: 1, maxLength: 256 }),
});
type Params = { readonly name: string; readonly version?: string };

/** Says what is wrong in the form of the protocol: `{"error": "…"}`. */
function answerErrors(scope: FastifyInstance): void {
  scope.setErrorHandler((error, request, reply) => {
    const { status, detail } = problemOf(error);
    if (status >= 500) request.log.error({ err: error, requestId: request.id }, 'request failed');
    if (error instanceof HttpRefusal) void reply.headers(error.headers);
    if (status === 503 && !reply.hasHeader('retry-after')) void reply.header('retry-after', '5');
    return reply.code(status).type('application/json').serializer(JSON.stringify).send({ error: detail });
  });
  scope.setNotFoundHandler((request, reply) => {
    const address = request.url.split('?')[0]!.slice(0, 200);
    return reply.code(404).send({ error: `there is no ${request.method} ${address} in the Open Inference Protocol` });
  });
}

/** Bodies as bytes, whatever they are called: JSON, and in the binary extension what follows it. */
function acceptBytes(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
}

const named = (operationId: string, summary: string, versioned: boolean) => ({
  operationId: versioned ? `${operationId}Version` : operationId,
  summary: versioned ? `${summary}, by version` : summary,
  tags: ['inference'],
  params: versioned ? Versioned : Named,
});

/** A model's routes, with its version in the address or without. */
function modelRoutes(scope: FastifyInstance, inference: Inference, versioned: boolean): void {
  const root = versioned ? '/models/:name/versions/:version' : '/models/:name';
  scope.get<{ Params: Params }>(
    root,
    {
      config: { permission: 'models:read' },
      schema: { ...named('v2Model', 'A model’s columns and outputs', versioned), response: { 200: V2Model, default: V2Error } },
    },
    async ({ params }) => inference.describe(params.name, params.version),
  );
  scope.get<{ Params: Params }>(
    `${root}/ready`,
    {
      config: { permission: 'public' },
      schema: {
        ...named('v2ModelReady', 'Whether a model answers', versioned),
        security: [],
        response: { 200: V2Ready, 404: V2Ready, default: V2Error },
      },
    },
    async ({ params }, reply) => {
      const ready = inference.isReady(params.name, params.version);
      return reply.code(ready ? 200 : 404).send({ name: params.name, ready });
    },
  );
  scope.post<{ Params: Params; Body: Buffer | undefined }>(
    `${root}/infer`,
    {
      config: { permission: 'predictions:make' },
      schema: {
        ...named('v2Infer', 'Scores of rows, in tensors', versioned),
        description:
          'Rows of the model’s features (a column each, or one tensor [n, width]), which are scored and nothing else; or columns of the fields of `POST /v1/predict`, which are answered and logged like it. At most 1,000 rows. `contributions` and `base_value` on request.',
        body: V2InferRequest,
        response: { 200: V2InferResponse, default: V2Error },
      },
      validatorCompiler: () => () => true,
    },
    async ({ params, body, headers }, reply: FastifyReply) => {
      const given = headers[jsonLengthHeader];
      const { request, tensors } = openEnvelope(body ?? Buffer.alloc(0), Array.isArray(given) ? given[0] : given);
      const sealed = sealEnvelope(request, await inference.infer(params.name, params.version, request, tensors));
      if (sealed.answer !== undefined) return sealed.answer;
      return reply.header(jsonLengthHeader, sealed.jsonLength).type('application/octet-stream').send(sealed.bytes);
    },
  );
}

/**
 * The Open Inference Protocol over REST (KServe V2, github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md), with the
 * binary tensor extension (Triton Inference Server, protocol/extension_binary_data.md).
 */
export function v2Routes(
  app: FastifyInstance,
  { inference, checkReady }: { inference: Inference; checkReady: CheckReady },
): void {
  app.register(
    async (scope) => {
      answerErrors(scope);
      acceptBytes(scope);
      scope.get(
        '',
        {
          config: { permission: 'public' },
          schema: {
            operationId: 'v2Server',
            summary: 'What the server is',
            tags: ['inference'],
            security: [],
            response: { 200: V2Server },
          },
        },
        async () => ({ name: 'tillcast', version: server.version, extensions: ['binary_tensor_data'] }),
      );
      scope.get(
        '/health/live',
        {
          config: { permission: 'public' },
          schema: {
            operationId: 'v2Live',
            summary: 'Whether the server lives',
            tags: ['inference'],
            security: [],
            response: { 200: V2Live },
          },
        },
        async () => ({ live: true }),
      );
      scope.get(
        '/health/ready',
        {
          config: { permission: 'public' },
          schema: {
            operationId: 'v2Ready',
            summary: 'Whether the server answers',
            tags: ['inference'],
            security: [],
            response: { 200: V2Ready, 503: V2Ready },
          },
        },
        async (_request, reply) => {
          const ready = checkReady().status !== 'not_ready';
          return reply.code(ready ? 200 : 503).send({ ready });
        },
      );
      modelRoutes(scope, inference, false);
      modelRoutes(scope, inference, true);
    },
    { prefix: '/v2' },
  );
}
