import { CompleteDecideRequest, DecideAnswer, DecideRequest } from '@tillcast/api/decide';
import { Problem } from '@tillcast/api/problem';
import type { FastifyInstance } from 'fastify';
import { completingValidator } from '../validation.ts';

/** Decides for one shopper, by a question already valid by schema. Rejects with POLICY_NOT_FOUND. */
export type Decide = (request: DecideRequest) => Promise<DecideAnswer>;

/** `POST /v1/decide`. */
export function decideRoutes(
  app: FastifyInstance,
  { decide, complete }: { decide: Decide; complete: (body: unknown) => unknown },
): void {
  const fillAndCheck = completingValidator(CompleteDecideRequest, complete);
  app.post<{ Body: DecideRequest }>(
    '/v1/decide',
    {
      config: { permission: 'decisions:make' },
      schema: {
        operationId: 'decide',
        summary: 'Treat this shopper, or not, or explore?',
        tags: ['decisions'],
        body: DecideRequest,
        response: { 200: DecideAnswer, default: Problem },
      },
      validatorCompiler: () => fillAndCheck,
    },
    async (request) => decide(request.body),
  );
}
