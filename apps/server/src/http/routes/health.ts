import { Live, Ready } from '@tillcast/api/health';
import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../metrics.ts';

/** Tells whether the process can do its work. */
export type CheckReady = () => Ready;

/** `/livez`, `/readyz` and `/metrics`. */
export function healthRoutes(app: FastifyInstance, { checkReady, metrics }: { checkReady: CheckReady; metrics: Metrics }): void {
  app.get(
    '/livez',
    {
      config: { permission: 'public' },
      schema: {
        operationId: 'live',
        summary: 'Whether the process runs',
        tags: ['health'],
        security: [],
        response: { 200: Live },
      },
    },
    async () => ({ status: 'live' as const }),
  );
  app.get(
    '/readyz',
    {
      config: { permission: 'public' },
      schema: {
        operationId: 'ready',
        summary: 'Whether the process can do its work',
        tags: ['health'],
        security: [],
        response: { 200: Ready, 503: Ready },
      },
    },
    async (_request, reply) => {
      const ready = checkReady();
      return ready.status !== 'not_ready' ? ready : reply.code(503).header('retry-after', '5').send(ready);
    },
  );
  app.get('/metrics', { config: { permission: 'metrics:read' }, schema: { hide: true } }, async (_request, reply) => {
    metrics.ready.set(checkReady().status === 'not_ready' ? 0 : 1);
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}
