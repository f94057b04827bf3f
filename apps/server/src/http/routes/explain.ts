import { ExplainAnswer, ExplainRequest } from '@tillcast/api/explain';
import { Problem } from '@tillcast/api/problem';
import type { FastifyInstance } from 'fastify';

/** Takes one answer apart. */
export type Explain = (request: ExplainRequest) => Promise<ExplainAnswer>;

/** `POST /v1/explain`. */
export function explainRoutes(app: FastifyInstance, { explain }: { explain: Explain }): void {
  app.post<{ Body: ExplainRequest }>(
    '/v1/explain',
    {
      config: { permission: 'predictions:make' },
      schema: {
        operationId: 'explain',
        summary: 'Why this answer: contributions, a second opinion, words, and what it would take for another one',
        tags: ['explanations'],
        body: ExplainRequest,
        response: { 200: ExplainAnswer, default: Problem },
      },
    },
    async (request) => explain(request.body),
  );
}
