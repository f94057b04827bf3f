import { Problem } from '@tillcast/api/problem';
import { WhatIfAnswer, WhatIfRequest } from '@tillcast/api/what-if';
import type { FastifyInstance } from 'fastify';

/** Answers a question with some of its inputs changed. */
export type AnswerWhatIf = (request: WhatIfRequest) => Promise<WhatIfAnswer>;

/** `POST /v1/what-if`. */
export function whatIfRoutes(app: FastifyInstance, { whatIf }: { whatIf: AnswerWhatIf }): void {
  app.post<{ Body: WhatIfRequest }>(
    '/v1/what-if',
    {
      config: { permission: 'predictions:make' },
      schema: {
        operationId: 'whatIf',
        summary: 'The model’s answer to the same question with some inputs changed, each marked as seen in data or not',
        tags: ['explanations'],
        body: WhatIfRequest,
        response: { 200: WhatIfAnswer, default: Problem },
      },
    },
    async (request) => whatIf(request.body),
  );
}
