import { Readable } from 'node:stream';
import { ItemInput, ItemsAnswer, ItemsRequest } from '@tillcast/api/items';
import { Problem } from '@tillcast/api/problem';
import type { FastifyInstance } from 'fastify';
import { acceptLinesAndGzip } from '../packed-body.ts';
import { maxStreamBytes } from './events.ts';

/** Takes in what the shop says of its items: answers when each accepted fact is on disk. */
export type IngestItems = (body: unknown) => Promise<ItemsAnswer>;

/** The same for a stream of lines. */
export type IngestItemLines = (chunks: AsyncIterable<Buffer>) => Promise<ItemsAnswer>;

/** `POST /v1/items`. What is sent is checked item by item, so that a bad one spoils only itself. */
export function itemRoutes(
  app: FastifyInstance,
  { ingestItems, ingestItemLines }: { ingestItems: IngestItems; ingestItemLines: IngestItemLines },
): void {
  app.register(async (scope) => {
    acceptLinesAndGzip(scope, { maxLineBytes: maxStreamBytes });
    scope.post<{ Body: unknown }>(
      '/v1/items',
      {
        config: { permission: 'items:write', takesGzip: true },
        schema: {
          operationId: 'sendItems',
          summary: 'Say what items cost, what they are and whether there are any',
          description:
            'One item, an array of at most 1,000, `{items: […]}`, or a stream of them, one a line (`application/x-ndjson`, 64 MB); also gzip. What is said holds from `valid_from` on, and is known from its arrival on: earlier predictions do not see it.',
          tags: ['items'],
          body: { content: { 'application/json': { schema: ItemsRequest }, 'application/x-ndjson': { schema: ItemInput } } },
          response: { 200: ItemsAnswer, default: Problem },
        },
        validatorCompiler: () => () => true,
      },
      async ({ body }, reply) => {
        if (!(body instanceof Readable)) return ingestItems(body);
        return ingestItemLines(body).catch((error: unknown) => {
          void reply.header('connection', 'close');
          throw error;
        });
      },
    );
  });
}
