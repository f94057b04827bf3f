import { PredictionDetail, PredictionsAnswer, PredictionsQuery } from '@tillcast/api/predictions';
import { Problem } from '@tillcast/api/problem';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';

/** Looks predictions up that were served. */
export interface LookUpPredictions {
  /** Newest first. */
  latest(query: PredictionsQuery): Promise<PredictionsAnswer>;
  /** Rejects with PREDICTION_NOT_FOUND. */
  one(predictionId: string): Promise<PredictionDetail>;
}

const Params = Type.Object({ id: Type.String({ description: 'The prediction.', minLength: 1, maxLength: 256 }) });

/** `GET /v1/predictions` and `GET /v1/predictions/{id}`. */
export function predictionRoutes(app: FastifyInstance, { predictions }: { predictions: LookUpPredictions }): void {
  app.get<{ Querystring: PredictionsQuery }>(
    '/v1/predictions',
    {
      config: { permission: 'predictions:read' },
      schema: {
        operationId: 'listPredictions',
        summary: 'The predictions served last, newest first',
        tags: ['predictions'],
        querystring: PredictionsQuery,
        response: { 200: PredictionsAnswer, default: Problem },
      },
    },
    async (request) => predictions.latest(request.query),
  );
  app.get<{ Params: { id: string } }>(
    '/v1/predictions/:id',
    {
      config: { permission: 'predictions:read' },
      schema: {
        operationId: 'getPrediction',
        summary: 'One prediction, with its row, its reasons and its label',
        tags: ['predictions'],
        params: Params,
        response: { 200: PredictionDetail, default: Problem },
      },
    },
    async (request) => predictions.one(request.params.id),
  );
}
