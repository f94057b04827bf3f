import { EventInput, EventItem, EventsAnswer, EventsRequest } from './events.ts';
import { Live, Ready } from './health.ts';
import { Evidence, Insight } from './insight.ts';
import { ModelsAnswer, ModelVersion } from './models.ts';
import { InputIssue, ModelRef, PredictAnswer, PredictBatchAnswer, PredictBatchRequest, PredictRequest } from './predict.ts';
import { FieldError, Problem } from './problem.ts';
import { Reason, ShopperScore, ShoppersAnswer, ShoppersQuery } from './shoppers.ts';

/** Every named schema on the wire, by its name; the components of the OpenAPI document. */
export const schemas = {
  EventInput,
  EventItem,
  EventsAnswer,
  EventsRequest,
  Evidence,
  FieldError,
  InputIssue,
  Insight,
  Live,
  ModelRef,
  ModelsAnswer,
  ModelVersion,
  PredictAnswer,
  PredictBatchAnswer,
  PredictBatchRequest,
  PredictRequest,
  Problem,
  Ready,
  Reason,
  ShopperScore,
  ShoppersAnswer,
  ShoppersQuery,
} as const;
