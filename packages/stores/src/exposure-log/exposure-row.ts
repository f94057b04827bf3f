import type { Exposure } from '@tillcast/core/ports/exposure-log';

/** An exposure as both databases keep it: what may be absent is null. */
export interface ExposureRow {
  readonly tenant: string;
  readonly experimentId: string;
  readonly key: string;
  readonly unit: string;
  readonly variant: string | null;
  readonly exposedAtMs: number;
  readonly predictionId: string | null;
  readonly score: number | null;
  readonly baseScore: number | null;
  readonly differs: number | null;
}

/** The row of an exposure. */
export const toExposureRow = (exposure: Exposure): ExposureRow => ({
  tenant: exposure.tenant,
  experimentId: exposure.experimentId,
  key: exposure.key,
  unit: exposure.unit,
  variant: exposure.variant ?? null,
  exposedAtMs: exposure.exposedAtMs,
  predictionId: exposure.predictionId ?? null,
  score: exposure.score ?? null,
  baseScore: exposure.baseScore ?? null,
  differs: exposure.differs === undefined ? null : Number(exposure.differs),
});

/** The exposure of a row. */
export function toExposure({ variant, predictionId, score, baseScore, differs, ...row }: ExposureRow): Exposure {
  return {
    ...row,
    ...(variant === null ? {} : { variant }),
    ...(predictionId === null ? {} : { predictionId }),
    ...(score === null ? {} : { score }),
    ...(baseScore === null ? {} : { baseScore }),
    ...(differs === null ? {} : { differs: differs === 1 }),
  };
}

/** Names of the columns, as a select gives them. */
export const exposureColumns = `tenant, experiment_id as "experimentId", key, unit, variant, exposed_at_ms as "exposedAtMs",
  prediction_id as "predictionId", score, base_score as "baseScore", differs`;
