import { Readable } from 'node:stream';
import { EventInput, EventsAnswer, EventsRequest } from '@tillcast/api/events';
import { Problem } from '@tillcast/api/problem';
import type { FastifyInstance } from 'fastify';
import { acceptLinesAndGzip } from '../packed-body.ts';

/** Takes events in: answers when each accepted one is on disk and in the features. */
export type Ingest = (body: unknown) => Promise<EventsAnswer>;

/** The same for a stream of lines. */
export type IngestLines = (chunks: AsyncIterable<Buffer>) => Promise<EventsAnswer>;

/** The most bytes one stream of events may hold, unpacked. */
export const maxStreamBytes = 64 * 2 ** 20;

/** `POST /v1/events`. What is sent is checked event by event, so that a bad one spoils only itself. */
export function eventRoutes(app: FastifyInstance, { ingest, ingestLines }: { ingest: Ingest; ingestLines: IngestLines }): void {
  app.register(async (scope) => {
    acceptLinesAndGzip(scope, { maxLineBytes: maxStreamBytes });
    scope.post<{ Body: unknown }>(
      '/v1/events',
      {
        config: { permission: 'events:write', takesGzip: true },
        schema: {
          operationId: 'sendEvents',
          summary: 'Send events',
          description:
            'One event, an array of at most 1,000, `{events: […]}`, or a stream of them, one a line (`application/x-ndjson`, 64 MB); also gzip. Accepted = on disk, and in the features of the next prediction.',
          tags: ['events'],
          body: { content: { 'application/json': { schema: EventsRequest }, 'application/x-ndjson': { schema: EventInput } } },
          response: { 200: EventsAnswer, default: Problem },
        },
        validatorCompiler: () => () => true,
      },
      async ({ body }, reply) => {
        if (!(body instanceof Readable)) return ingest(body);
        // What is left of a stream that is refused is not waited for.
        return ingestLines(body).catch((error: unknown) => {
          void reply.header('connection', 'close');
          throw error;
        });
      },
    );
  });
}
