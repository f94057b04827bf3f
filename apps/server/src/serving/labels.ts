import { setImmediate } from 'node:timers/promises';
import { type LabelRun, runLabels } from '@tillcast/core/outcomes/run-labels';
import type { PredictionLog } from '@tillcast/core/ports/prediction-log';
import type { OutcomeCarrier } from './outcomes.ts';

/** How long a return undoes a purchase, where the shop says nothing else. */
export const defaultRefundWindowMs = 14 * 24 * 3_600_000;
/** How long lines of the prediction log are kept, where the shop says nothing else. */
export const defaultRetentionMs = 400 * 24 * 3_600_000;

/** Decides labels while the server runs. */
export interface LabelJob {
  /** One round: outcomes stored, due labels decided, lines past their time removed. Undefined: the store failed. */
  run(): Promise<LabelRun | undefined>;
  close(): Promise<void>;
}

export interface LabelJobSettings {
  readonly log: PredictionLog;
  readonly carrier: OutcomeCarrier;
  readonly now: () => number;
  readonly refundWindowMs: number;
  readonly retentionMs?: number;
  /** 0 = only when told. */
  readonly everyMs: number;
  readonly onDecided: (labels: number) => void;
  /** Told once when the store begins to fail. */
  readonly onTrouble: (error: unknown) => void;
}

/** Labels decided in one step: a few milliseconds of work, so that answers get their turn in between. */
const batch = 100;
/** Steps of a round; the next round goes on. */
const stepsAtOnce = 500;
/** Lines removed at once, and how often in a round: more than are ever written meanwhile. */
const prunedAtOnce = 1_000;
const prunesAtOnce = 1_000;

/** Opens the job; its timer does not keep the process alive. */
export function openLabelJob(settings: LabelJobSettings): LabelJob {
  const { log, carrier, now, refundWindowMs, retentionMs = defaultRetentionMs, everyMs } = settings;
  let running: Promise<LabelRun | undefined> | undefined;
  let inTrouble = false;
  let closed = false;

  async function round(): Promise<LabelRun | undefined> {
    try {
      await carrier.flush();
      const nowMs = now();
      const run = await runLabels(log, { nowMs, refundWindowMs, batch, steps: stepsAtOnce, pause: () => setImmediate() });
      await prune(nowMs - retentionMs);
      settings.onDecided(run.decided);
      inTrouble = false;
      return run;
    } catch (error) {
      if (!inTrouble) settings.onTrouble(error);
      inTrouble = true;
      return undefined;
    }
  }

  async function prune(askedBeforeMs: number): Promise<void> {
    for (let left = prunesAtOnce; left > 0 && !closed; left--) {
      const { predictions } = await log.prune(askedBeforeMs, prunedAtOnce);
      if (predictions < prunedAtOnce) return;
      await setImmediate();
    }
  }

  function run(): Promise<LabelRun | undefined> {
    running ??= round().finally(() => {
      running = undefined;
    });
    return running;
  }

  const timer = everyMs > 0 ? setInterval(() => void run(), everyMs).unref() : undefined;
  return {
    run,
    async close() {
      if (closed) return;
      closed = true;
      clearInterval(timer);
      await running;
      // What is left unsaved is carried over again when the events are replayed at the next start.
      await carrier.flush().catch(() => {});
    },
  };
}
