import type { PredictAnswer, PredictRequest } from '@tillcast/api/predict';
import type { FeatureColumns, LoggedDecision, LoggedModel, PredictionRecord } from '@tillcast/core/ports/prediction-log';
import type { Assessment } from './assess.ts';
import type { LiveModel } from './live-model.ts';
import type { Reasons } from './reasons.ts';

/** One answer, as it leaves; everything its log line is made of. */
export interface MadePrediction {
  readonly request: PredictRequest;
  readonly assessment: Assessment;
  readonly reasons: Reasons | undefined;
  readonly answer: PredictAnswer;
  readonly shopper: string;
  /** The session under way where the question names none. */
  readonly sessionId: string | undefined;
  readonly askedAtMs: number;
  readonly latencyUs: number;
  /** What a policy did with the shopper. */
  readonly decision?: LoggedDecision | undefined;
}

const loggedModel = ({ model, alone = model?.member }: Assessment, answer: PredictAnswer): LoggedModel => ({
  name: answer.model.name,
  version: answer.model.version,
  ...(answer.model.alias === null ? {} : { alias: answer.model.alias }),
  contentHash: model?.bundle.manifest.contentHash ?? '',
  ...(alone === undefined ? {} : { alone }),
});

/** Contributions by the catalogue's columns, 0 where the model does not ask. */
function spread(model: LiveModel, { contributions }: Reasons, width: number): Float64Array {
  const wide = new Float64Array(width);
  const names = model.bundle.ensemble.featureNames;
  for (const [column, name] of names.entries()) wide[model.columns[column]!] = contributions.get(name)!;
  return wide;
}

function explained({ assessment: { model, catalogueRow }, reasons }: MadePrediction): Partial<PredictionRecord> {
  if (reasons === undefined) return {};
  const width = catalogueRow.length;
  return {
    baseValue: reasons.baseValue,
    contributions: model === undefined ? new Float64Array(width) : spread(model, reasons, width),
  };
}

/** The log line of an answer. */
export function predictionRecordOf(made: MadePrediction, columns: FeatureColumns): PredictionRecord {
  const { request, assessment, answer, reasons, shopper, askedAtMs, latencyUs } = made;
  const { question, target, horizonMs, logOdds, probability, agreement, rung, percentile } = assessment;
  const sessionId = question.sessionId ?? made.sessionId;
  return {
    tenant: question.tenant ?? 'default',
    predictionId: answer.prediction_id,
    shopper,
    ...(request.user_id === undefined ? {} : { userId: request.user_id }),
    ...(request.anonymous_id === undefined ? {} : { anonymousId: request.anonymous_id }),
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(question.itemId === undefined ? {} : { itemId: question.itemId }),
    ...(question.category === undefined ? {} : { category: question.category }),
    ...(question.brand === undefined ? {} : { brand: question.brand }),
    ...(question.price === undefined ? {} : { price: question.price }),
    ...(question.hour === undefined ? {} : { hour: question.hour }),
    ...(question.dayOfWeek === undefined ? {} : { dayOfWeek: question.dayOfWeek }),
    ...(question.isWeekend === undefined ? {} : { isWeekend: question.isWeekend }),
    ...{ target, horizonMs, askedAtMs, asOfMs: question.asOfMs },
    model: loggedModel(assessment, answer),
    ...(answer.ab_test_variant === undefined ? {} : { variant: answer.ab_test_variant }),
    ...(made.decision === undefined ? {} : { decision: made.decision }),
    columns,
    row: assessment.catalogueRow,
    ...explained(made),
    ...{ probability, logOdds, agreement, rung },
    ...(percentile === null ? {} : { percentile }),
    degraded: answer.degraded ?? [],
    latencyUs,
    cacheHit: reasons?.cached ?? false,
  };
}
