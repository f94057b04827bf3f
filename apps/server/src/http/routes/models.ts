import { ModelsAnswer } from '@tillcast/api/models';
import { Problem } from '@tillcast/api/problem';
import type { FastifyInstance } from 'fastify';

/** Lists the registry. */
export type ListModels = () => Promise<ModelsAnswer>;

/** `GET /v1/models`: every version, and which one serves. */
export function modelRoutes(app: FastifyInstance, { listModels }: { listModels: ListModels }): void {
  app.get(
    '/v1/models',
    {
      config: { permission: 'models:read' },
      schema: {
        operationId: 'listModels',
        summary: 'Every version of every model, and which one serves',
        tags: ['models'],
        response: { 200: ModelsAnswer, default: Problem },
      },
    },
    async () => listModels(),
  );
}
