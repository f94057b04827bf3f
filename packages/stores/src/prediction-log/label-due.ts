import type { LabelDue, PredictionRecord } from '@tillcast/core/ports/prediction-log';

/** What deciding a label needs to know of a record, and no more. */
export function labelDueOf(record: PredictionRecord): Omit<LabelDue, 'current' | 'revision'> {
  const { tenant, predictionId, shopper, sessionId, itemId, target, horizonMs, askedAtMs, asOfMs } = record;
  return {
    ...{ tenant, predictionId, shopper, target, horizonMs, askedAtMs, asOfMs },
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(itemId === undefined ? {} : { itemId }),
  };
}
