import { OutcomeAnswer, OutcomeRequest } from '@tillcast/api/outcomes';
import { Problem } from '@tillcast/api/problem';
import type { FastifyInstance } from 'fastify';

/** Takes the outcome of a prediction; `idempotencyKey` names it where the caller gave one. */
export type TakeOutcome = (request: OutcomeRequest, idempotencyKey: string | undefined) => Promise<OutcomeAnswer>;

/** `POST /v1/outcomes`. */
export function outcomeRoutes(app: FastifyInstance, { takeOutcome }: { takeOutcome: TakeOutcome }): void {
  app.post<{ Body: OutcomeRequest }>(
    '/v1/outcomes',
    {
      config: { permission: 'events:write' },
      schema: {
        operationId: 'sendOutcome',
        summary: 'What a shopper did after a prediction',
        description:
          'A purchase or a refund that follows from a prediction. It becomes an event of that shopper; send each purchase once, here or by `POST /v1/events`. Idempotent by `Idempotency-Key`, else by prediction, outcome and transaction.',
        tags: ['predictions'],
        body: OutcomeRequest,
        response: { 200: OutcomeAnswer, default: Problem },
      },
    },
    async (request) => {
      const key = request.headers['idempotency-key'];
      return takeOutcome(request.body, Array.isArray(key) ? key.join(', ') : key);
    },
  );
}
