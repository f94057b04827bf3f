import type { Readable } from 'node:stream';
import { LiveScores } from '@tillcast/api/live';
import { Problem } from '@tillcast/api/problem';
import type { FastifyInstance } from 'fastify';

/** A stream of server-sent events; raises OVERLOADED where too many watch. `lastEventId` = the last one that the client has seen. */
export type JoinLive = (lastEventId: string | undefined) => Promise<Readable>;

const idForm = /^[0-9a-f]{8}-\d{1,15}$/;

/** `GET /v1/live/scores`: the board as it changes. */
export function liveRoutes(app: FastifyInstance, { joinLive }: { joinLive: JoinLive }): void {
  app.get(
    '/v1/live/scores',
    {
      config: { permission: 'shoppers:read' },
      exposeHeadRoute: false,
      schema: {
        operationId: 'watchScores',
        summary: 'The board as it changes, as server-sent events',
        description:
          'First an event `board` with everyone on it, then `scores` with what changed, at most one a second; a comment every 10 s. `Last-Event-ID` goes on where a connection broke off, as far as that is remembered. Who does not read is dropped.',
        tags: ['shoppers'],
        response: {
          200: { description: 'Events.', content: { 'text/event-stream': { schema: LiveScores } } },
          default: Problem,
        },
      },
    },
    async ({ headers }, reply) => {
      const last = headers['last-event-id'];
      const stream = await joinLive(typeof last === 'string' && idForm.test(last) ? last : undefined);
      return reply
        .type('text/event-stream; charset=utf-8')
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .send(stream);
    },
  );
}
