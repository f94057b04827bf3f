import { EventInput, EventItem, EventsAnswer, EventsRequest } from './events.ts';
import { Counterfactual, CounterfactualRule, ExplainAnswer, ExplainRequest, LimeAnswer, SeenInData } from './explain.ts';
import { Live, Ready } from './health.ts';
import { Evidence, Insight } from './insight.ts';
import { ModelsAnswer, ModelVersion } from './models.ts';
import { InputIssue, ModelRef, PredictAnswer, PredictBatchAnswer, PredictBatchRequest, PredictRequest } from './predict.ts';
import { FieldError, Problem } from './problem.ts';
import { Reason, ShopperScore, ShoppersAnswer, ShoppersQuery } from './shoppers.ts';
import { WhatIfAnswer, WhatIfChange, WhatIfRequest } from './what-if.ts';

/** Every named schema on the wire, by its name; the components of the OpenAPI document. */
export const schemas = {
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
  LimeAnswer,
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
  SeenInData,
  ShopperScore,
  ShoppersAnswer,
  ShoppersQuery,
  WhatIfAnswer,
  WhatIfChange,
  WhatIfRequest,
} as const;
