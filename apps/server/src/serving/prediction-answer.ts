import type { PredictionDetail, PredictionLabel, PredictionLine } from '@tillcast/api/predictions';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { formatDuration } from '@tillcast/core/learning/duration';
import type { LoggedPrediction, PredictionLabel as StoredLabel } from '@tillcast/core/ports/prediction-log';
import type { LookUpPredictions } from '../http/routes/predictions.ts';
import { onWire } from './answer.ts';
import type { PredictionDesk } from './prediction-desk.ts';

/** Lines of a look that does not say how many. */
const defaultLimit = 50;
const tenant = 'default';

/** A label as it goes over the wire. */
export const labelOnWire = (label: StoredLabel | undefined): PredictionLabel | null =>
  label === undefined
    ? null
    : {
        version: label.version,
        bought: label.label === 1,
        kept: label.labelNet === 1,
        final: label.netFinal,
        decided_at: onWire(label.decidedAtMs),
        because: label.because,
      };

/** A prediction as the lists show it. */
export function lineOf({ record, label }: LoggedPrediction): PredictionLine {
  const { model } = record;
  return {
    prediction_id: record.predictionId,
    user_id: record.userId ?? null,
    anonymous_id: record.anonymousId ?? null,
    session_id: record.sessionId ?? null,
    product_id: record.itemId ?? null,
    target: record.target,
    horizon: formatDuration(record.horizonMs),
    asked_at: onWire(record.askedAtMs),
    as_of: onWire(record.asOfMs),
    model: { name: model.name, version: model.version, alias: model.alias ?? null },
    ab_test_variant: record.variant ?? null,
    purchase_probability: record.probability,
    log_odds: record.logOdds,
    percentile: record.percentile ?? null,
    rung: record.rung,
    degraded: [...record.degraded],
    latency_ms: record.latencyUs / 1_000,
    explanation_cached: record.cacheHit,
    label: labelOnWire(label),
  };
}

function detailOf(logged: LoggedPrediction): PredictionDetail {
  const { columns, row, contributions, baseValue, model, decision } = logged.record;
  const told = columns.names.map((name, at) => [name, contributions?.[at] ?? 0] as const).filter(([, value]) => value !== 0);
  return {
    ...lineOf(logged),
    decision:
      decision === undefined
        ? null
        : { ...decision, treatment: decision.treatment ?? null, propensities: [...decision.propensities] },
    base_value: baseValue ?? null,
    feature_contributions: Object.fromEntries(told),
    features: Object.fromEntries(columns.names.map((name, at) => [name, Number.isFinite(row[at]) ? row[at]! : null])),
    catalogue_hash: columns.hash,
    content_hash: model.contentHash,
  };
}

/** The refusal of a prediction id that leads nowhere. */
export const predictionNotFound = (predictionId: string): TillcastError =>
  new TillcastError(
    'PREDICTION_NOT_FOUND',
    `there is no prediction ${JSON.stringify(predictionId)}: it was never made here, is past its time, was erased, or its log line was shed under load`,
  );

/** Looks predictions up at the desk, in the words of the wire. */
export const openLookUp = (desk: Pick<PredictionDesk, 'find' | 'latest'>): LookUpPredictions => ({
  latest: async ({ limit = defaultLimit }) => ({ predictions: (await desk.latest(tenant, limit)).map(lineOf) }),
  async one(predictionId) {
    const found = await desk.find(tenant, predictionId);
    if (found === undefined) throw predictionNotFound(predictionId);
    return detailOf(found);
  },
});
