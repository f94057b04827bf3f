import type { featureCatalog } from '@tillcast/core/features/catalog';
import { openFeatureEngine } from '@tillcast/core/features/feature-engine';
import { type LabelRun, runLabels } from '@tillcast/core/outcomes/run-labels';
import type { EventLog } from '@tillcast/core/ports/event-log';
import type { PredictionLog } from '@tillcast/core/ports/prediction-log';
import { openOutcomeCarrier } from '../serving/outcomes.ts';

export interface LabelPredictionsOptions {
  readonly nowMs: number;
  readonly refundWindowMs: number;
  /** Silence that ends a session; as the server has it, so that sessions are named alike. */
  readonly sessionGapMs: number;
  readonly timeZone: string;
  /** Predictions decided in one step; default 500. */
  readonly batch?: number;
  readonly onProgress?: (events: number) => void;
}

/** What `tillcast labels run` did. */
export interface LabelPredictionsSummary extends Pick<LabelRun, 'looked' | 'decided'> {
  /** Events read. */
  readonly events: number;
  readonly predictions: number;
}

/** Sessions are the engine's business; features are not asked for. */
const noFeatures: typeof featureCatalog = [];

/**
 * Carries every purchase and refund that a logged prediction can need from the event log into the prediction log, then decides what is due.
 * Idempotent; killed anywhere, it is run again.
 */
export async function labelPredictions(
  events: EventLog,
  predictions: PredictionLog,
  { nowMs, refundWindowMs, sessionGapMs, timeZone, batch = 500, onProgress = () => {} }: LabelPredictionsOptions,
): Promise<LabelPredictionsSummary> {
  const engine = openFeatureEngine({ timeZone, sessionGapMs }, noFeatures);
  const carrier = openOutcomeCarrier({ log: predictions, engine, refundWindowMs });
  const neededFromMs = (await predictions.oldestAsOfMs()) ?? Number.POSITIVE_INFINITY;
  let read = 0;
  for await (const some of events.read({ order: 'knowable' })) {
    for (const event of some) {
      engine.apply(event);
      if (event.eventTimeMs >= neededFromMs) carrier.note(event);
    }
    await carrier.settle();
    read += some.length;
    onProgress(read);
  }
  await carrier.flush();
  const { looked, decided } = await runLabels(predictions, { nowMs, refundWindowMs, batch });
  return { events: read, predictions: await predictions.count(), looked, decided };
}
