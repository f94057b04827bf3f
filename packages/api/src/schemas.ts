import { BatchJob, BatchJobQuery, BatchJobRequest, BatchJobsAnswer } from './batch-jobs.ts';
import { EventInput, EventItem, EventsAnswer, EventsRequest } from './events.ts';
import { Counterfactual, CounterfactualRule, ExplainAnswer, ExplainRequest, LimeAnswer, SeenInData } from './explain.ts';
import { Live, Ready } from './health.ts';
import { Evidence, Insight } from './insight.ts';
import { ItemInput, ItemsAnswer, ItemsRequest } from './items.ts';
import { LiveScores } from './live.ts';
import { ModelsAnswer, ModelVersion } from './models.ts';
import { OutcomeAnswer, OutcomeRequest } from './outcomes.ts';
import {
  CompleteRequest,
  InputIssue,
  ModelRef,
  PredictAnswer,
  PredictBatchAnswer,
  PredictBatchRequest,
  PredictRequest,
} from './predict.ts';
import { PredictionDetail, PredictionLabel, PredictionLine, PredictionsAnswer, PredictionsQuery } from './predictions.ts';
import { FieldError, Problem } from './problem.ts';
import { Reason, ShopperScore, ShoppersAnswer, ShoppersQuery } from './shoppers.ts';
import { SubjectErased, SubjectExport, SubjectParams } from './subjects.ts';
import { V2Error, V2InferRequest, V2InferResponse, V2Live, V2Model, V2Ready, V2Server } from './v2.ts';
import { SegmentCall, SegmentDelivery, WebhookAnswer } from './webhooks.ts';
import { WhatIfAnswer, WhatIfChange, WhatIfRequest } from './what-if.ts';

/** Every named schema on the wire, by its name; the components of the OpenAPI document. */
export const schemas = {
  CompleteRequest,
  BatchJob,
  BatchJobQuery,
  BatchJobRequest,
  BatchJobsAnswer,
  Counterfactual,
  CounterfactualRule,
  EventInput,
  EventItem,
  EventsAnswer,
  EventsRequest,
  Evidence,
  ExplainAnswer,
  ExplainRequest,
  FieldError,
  InputIssue,
  Insight,
  ItemInput,
  ItemsAnswer,
  ItemsRequest,
  LimeAnswer,
  Live,
  LiveScores,
  ModelRef,
  ModelsAnswer,
  ModelVersion,
  OutcomeAnswer,
  OutcomeRequest,
  PredictAnswer,
  PredictBatchAnswer,
  PredictBatchRequest,
  PredictionDetail,
  PredictionLabel,
  PredictionLine,
  PredictionsAnswer,
  PredictionsQuery,
  PredictRequest,
  Problem,
  Ready,
  Reason,
  SeenInData,
  SegmentCall,
  SegmentDelivery,
  ShopperScore,
  ShoppersAnswer,
  ShoppersQuery,
  V2Error,
  V2InferRequest,
  V2InferResponse,
  V2Live,
  V2Model,
  V2Ready,
  V2Server,
  SubjectErased,
  SubjectExport,
  SubjectParams,
  WebhookAnswer,
  WhatIfAnswer,
  WhatIfChange,
  WhatIfRequest,
} as const;
