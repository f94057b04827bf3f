import { type ShopEvent, shopperOf } from '@tillcast/core/events/event';
import type { FeatureEngine } from '@tillcast/core/features/engine';
import { readHousehold } from '@tillcast/core/outcomes/household';
import { echoOf, loginsOf, outcomeOf } from '@tillcast/core/outcomes/outcome-of';
import type { Outcome, PredictionLog } from '@tillcast/core/ports/prediction-log';

/**
 * Carries purchases and refunds, and logins that say whose they are, from the event log into the prediction log, where labels find them. The event log stays the truth: what a crash
 * takes from here is carried over again when the events are replayed.
 */
export interface OutcomeCarrier {
  /** Takes the event that the engine applied last, if it is an outcome or links a device to its user. */
  note(event: ShopEvent): void;
  /** Stores what was noted; rejects with STORE_UNAVAILABLE and keeps it. */
  flush(): Promise<void>;
  /** Stores what was noted once it is much; for replays, which hand over faster than a store takes. */
  settle(): Promise<void>;
  /** Drops what was noted of a shopper and not stored yet. */
  forget(tenant: string, shopper: string): void;
}

export interface OutcomeCarrierSettings {
  readonly log: Pick<PredictionLog, 'addOutcomes' | 'outcomes'>;
  readonly engine: Pick<FeatureEngine, 'appliedShopper' | 'appliedSessionId' | 'appliedDevice'>;
  readonly refundWindowMs: number;
  /** Outcomes that may wait while the store fails; more are left to the next replay of the events. Default 50,000. */
  readonly capacity?: number;
}

/** Outcomes stored in one step. */
const chunk = 256;
/** Windows of labels are no longer. */
const longestHorizonMs = 90 * 24 * 3_600_000;

/** Opens a carrier beside the engine that applies the events. */
export function openOutcomeCarrier({ log, engine, refundWindowMs, capacity = 50_000 }: OutcomeCarrierSettings): OutcomeCarrier {
  let waiting: Outcome[] = [];
  let flight: Promise<void> | undefined;

  /** What those linked to somebody are to be told, for as far back as a label of theirs can be open. */
  async function echoesOf(outcomes: readonly Outcome[]): Promise<Outcome[]> {
    const echoes: Outcome[] = [];
    for (const outcome of outcomes) {
      const { tenant, shopper, eventTimeMs } = outcome;
      const linked = await readHousehold(log, tenant, shopper, eventTimeMs - refundWindowMs - longestHorizonMs);
      // A login is told to both of its own accord.
      for (const other of linked.keys()) if (other !== shopper && other !== outcome.linked) echoes.push(echoOf(outcome, other));
    }
    return echoes;
  }

  async function store(): Promise<void> {
    while (waiting.length > 0) {
      const some = waiting.slice(0, chunk);
      await log.addOutcomes(some, refundWindowMs);
      await log.addOutcomes(await echoesOf(some), refundWindowMs);
      const stored = new Set(some);
      waiting = waiting.filter((one) => !stored.has(one));
    }
  }

  function flush(): Promise<void> {
    flight ??= store().finally(() => {
      flight = undefined;
    });
    return flight;
  }

  return {
    note(event) {
      const device = engine.appliedDevice;
      if (waiting.length >= capacity || (event.event !== 'purchase' && event.event !== 'refund' && device === undefined)) return;
      const shopper = engine.appliedShopper ?? shopperOf(event);
      if (device !== undefined) waiting.push(...loginsOf(event, shopper, device));
      const outcome = outcomeOf(event, { shopper, sessionId: engine.appliedSessionId });
      if (outcome !== undefined) waiting.push(outcome);
    },
    flush,
    settle: async () => (waiting.length >= chunk ? flush() : undefined),
    forget(tenant, shopper) {
      waiting = waiting.filter((one) => one.tenant !== tenant || (one.shopper !== shopper && one.linked !== shopper));
    },
  };
}
