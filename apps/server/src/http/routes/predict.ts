import { CompleteRequest, PredictAnswer, PredictBatchAnswer, PredictBatchRequest, PredictRequest } from '@tillcast/api/predict';
import { Problem } from '@tillcast/api/problem';
import type { FastifyInstance } from 'fastify';
import { completingValidator } from '../validation.ts';

/** Answers one question, already valid by schema. */
export type Predict = (request: PredictRequest) => Promise<PredictAnswer>;

/** Answers many; the questions are checked one by one. */
export type PredictBatch = (body: unknown) => Promise<PredictBatchAnswer>;

/** `POST /v1/predict` and `POST /v1/predict/batch`. */
export function predictRoutes(
  app: FastifyInstance,
  { predict, predictBatch, complete }: { predict: Predict; predictBatch: PredictBatch; complete: (body: unknown) => unknown },
): void {
  const fillAndCheck = completingValidator(CompleteRequest, complete);
  app.post<{ Body: PredictRequest }>(
    '/v1/predict',
    {
      config: { permission: 'predictions:make' },
      schema: {
        operationId: 'predict',
        summary: 'How likely is this shopper, here and now, to buy?',
        tags: ['predictions'],
        body: PredictRequest,
        response: { 200: PredictAnswer, default: Problem },
      },
      validatorCompiler: () => fillAndCheck,
    },
    (request) => predict(request.body),
  );
  app.post<{ Body: unknown }>(
    '/v1/predict/batch',
    {
      config: { permission: 'predictions:make' },
      schema: {
        operationId: 'predictBatch',
        summary: 'Many questions at once, each answered or refused on its own',
        tags: ['predictions'],
        body: PredictBatchRequest,
        response: { 200: PredictBatchAnswer, default: Problem },
      },
      validatorCompiler: () => () => true,
    },
    async (request) => predictBatch(request.body),
  );
}
