import { Problem } from '@tillcast/api/problem';
import { ShoppersAnswer, ShoppersQuery } from '@tillcast/api/shoppers';
import type { FastifyInstance } from 'fastify';

/** Lists shoppers with their scores. */
export type ListShoppers = (query: ShoppersQuery) => Promise<ShoppersAnswer>;

/** `GET /v1/shoppers`: who is about to buy. */
export function shopperRoutes(app: FastifyInstance, { listShoppers }: { listShoppers: ListShoppers }): void {
  app.get<{ Querystring: ShoppersQuery }>(
    '/v1/shoppers',
    {
      config: { permission: 'shoppers:read' },
      schema: {
        operationId: 'listShoppers',
        summary: 'Who is about to buy',
        description: 'The most recent shoppers, each scored as of the last event.',
        tags: ['shoppers'],
        querystring: ShoppersQuery,
        response: { 200: ShoppersAnswer, default: Problem },
      },
    },
    async (request) => listShoppers(request.query),
  );
}
