import { EventsAnswer, EventsRequest } from '@tillcast/api/events';
import { Problem } from '@tillcast/api/problem';
import type { FastifyInstance } from 'fastify';

/** Takes events in: answers when each accepted one is on disk and in the features. */
export type Ingest = (values: unknown) => Promise<EventsAnswer>;

/** `POST /v1/events`. The body is checked event by event, so that a bad one spoils only itself. */
export function eventRoutes(app: FastifyInstance, { ingest }: { ingest: Ingest }): void {
  app.post<{ Body: unknown }>(
    '/v1/events',
    {
      config: { permission: 'events:write' },
      schema: {
        operationId: 'sendEvents',
        summary: 'Send events',
        description:
          'One event, an array of at most 1,000, or `{events: […]}`. Accepted = on disk, and in the features of the next prediction.',
        tags: ['events'],
        body: EventsRequest,
        response: { 200: EventsAnswer, default: Problem },
      },
      validatorCompiler: () => () => true,
    },
    async (request) => ingest(request.body),
  );
}
