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

function contributionsOf({ assessment: { model, catalogueRow }, reasons }: MadePrediction): Float64Array | undefined {
  if (reasons === undefined) return undefined;
  return model === undefined ? new Float64Array(catalogueRow.length) : spread(model, reasons, catalogueRow.length);
}

/** The log line of an answer. */
export function predictionRecordOf(made: MadePrediction, columns: FeatureColumns): PredictionRecord {
  const { request, assessment, answer, reasons, shopper, askedAtMs, latencyUs } = made;
  const { question, target, horizonMs, logOdds, probability, agreement, rung, percentile } = assessment;
  // Every key is always there: records of one shape are made and read in a fraction of the time.
  return {
    tenant: question.tenant ?? 'default',
    predictionId: answer.prediction_id,
    shopper,
    userId: request.user_id,
    anonymousId: request.anonymous_id,
    sessionId: question.sessionId ?? made.sessionId,
    itemId: question.itemId,
    category: question.category,
    brand: question.brand,
    price: question.price,
    hour: question.hour,
    dayOfWeek: question.dayOfWeek,
    isWeekend: question.isWeekend,
    target,
    horizonMs,
    askedAtMs,
    asOfMs: question.asOfMs,
    model: loggedModel(assessment, answer),
    variant: answer.ab_test_variant,
    decision: made.decision,
    columns,
    row: assessment.catalogueRow,
    contributions: contributionsOf(made),
    baseValue: reasons?.baseValue,
    probability,
    logOdds,
    agreement,
    rung,
    percentile: percentile ?? undefined,
    degraded: answer.degraded ?? [],
    latencyUs,
    cacheHit: reasons?.cached ?? false,
  };
}
