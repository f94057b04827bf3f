import type { ShopEvent } from '@tillcast/core/events/event';
import type { FeatureEngine } from '@tillcast/core/features/engine';
import type { FeatureColumns } from '@tillcast/core/ports/prediction-log';
import type { Logger } from 'pino';
import type { Metrics } from '../http/metrics.ts';
import { catalogueHash } from '../jobs/catalogue-hash.ts';
import { defaultRefundWindowMs, type LabelJob, openLabelJob } from './labels.ts';
import { openOutcomeCarrier } from './outcomes.ts';
import { openPredictionDesk, type PredictionDesk, type PredictionStores } from './prediction-desk.ts';
import { type MadePrediction, predictionRecordOf } from './prediction-record.ts';
import { openPredictionWriter } from './prediction-writer.ts';

/** Everything that happens to a prediction after it was answered: logged, listed, met with its outcome, labelled. */
export interface PredictionKeeping {
  /** Takes an answer as it leaves; waits for nothing. */
  readonly record: (made: MadePrediction) => void;
  readonly desk: PredictionDesk;
  readonly labels: LabelJob;
  readonly noteOutcome: (event: ShopEvent) => void;
  readonly settle: () => Promise<void>;
  /** From now on every outcome is noted; before, only those that a line in the log can need. */
  replayed(): void;
  /** Removes a shopper's lines, labels and outcomes, and every explanation kept. */
  erase(tenant: string, shopper: string): ReturnType<PredictionDesk['erase']>;
  /** Writes what waits, within a deadline, and closes the stores. */
  close(): Promise<void>;
}

export interface KeepingParts {
  readonly stores: PredictionStores;
  readonly engine: FeatureEngine;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly now: () => number;
  /** Forgets the explanations kept. */
  readonly purgeExplanations: () => void;
}

/** How predictions are kept. */
export interface KeepingSettings {
  /** How long a return undoes a purchase; default 14 days. */
  readonly refundWindowMs?: number | undefined;
  /** How long lines are kept; default 400 days. */
  readonly predictionRetentionMs?: number | undefined;
  /** How often labels are decided; default 60 s, 0 = only when told. */
  readonly labelEveryMs?: number;
  /** How long the end of the server waits for the last lines; default 5 s. */
  readonly lastLinesMs?: number;
}

function openWriter({ stores, metrics, log }: KeepingParts) {
  return openPredictionWriter({
    log: stores.log,
    count: (outcome, lines) => metrics.predictionLines.inc({ outcome }, lines),
    gauge: (waiting) => metrics.predictionLinesWaiting.set(waiting),
    onTrouble: (error) =>
      log.error({ err: error }, 'the prediction log does not take lines; answers go on, lines wait and the oldest are shed'),
    onRecovery: (missedMs) => log.warn({ missedMs }, 'the prediction log takes lines again'),
  });
}

/** Opens it over its stores; `close` closes them. */
export async function openPredictionKeeping(parts: KeepingParts, settings: KeepingSettings): Promise<PredictionKeeping> {
  const { stores, engine, metrics, log, now } = parts;
  const { refundWindowMs = defaultRefundWindowMs, predictionRetentionMs, labelEveryMs = 60_000, lastLinesMs = 5_000 } = settings;
  const columns: FeatureColumns = { hash: catalogueHash(engine.features), names: engine.features.map(({ name }) => name) };
  const writer = openWriter(parts);
  let isListTold = false;
  const desk = openPredictionDesk(stores, writer, (error) => {
    if (!isListTold) log.error({ err: error }, 'the list of recent predictions fails; the log has all of them');
    isListTold = true;
  });
  const carrier = openOutcomeCarrier({ log: stores.log, engine, refundWindowMs });
  const labels = openLabelJob({
    ...{ log: stores.log, carrier, now, refundWindowMs, everyMs: labelEveryMs },
    ...(predictionRetentionMs === undefined ? {} : { retentionMs: predictionRetentionMs }),
    onDecided: (count) => metrics.labels.inc(count),
    onTrouble: (error) => log.error({ err: error }, 'labels cannot be decided now; they are later'),
  });
  let neededFromMs = (await stores.log.oldestAsOfMs()) ?? Number.POSITIVE_INFINITY;

  return {
    record: (made) => desk.record(predictionRecordOf(made, columns)),
    desk,
    labels,
    noteOutcome(event) {
      if (event.eventTimeMs >= neededFromMs) carrier.note(event);
    },
    // What cannot be stored now waits; the labels' own job says that the store fails.
    settle: () => carrier.settle().catch(() => {}),
    replayed() {
      neededFromMs = Number.NEGATIVE_INFINITY;
    },
    erase(tenant, shopper) {
      carrier.forget(tenant, shopper);
      parts.purgeExplanations();
      return desk.erase(tenant, shopper);
    },
    async close() {
      await labels.close();
      await writer.close(lastLinesMs);
      await Promise.all([stores.log.close(), stores.recent.close()]);
    },
  };
}
