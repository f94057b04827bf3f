import { type ShopEvent, shopperOf } from '@tillcast/core/events/event';
import type { FeatureEngine } from '@tillcast/core/features/engine';
import { outcomeOf } from '@tillcast/core/outcomes/outcome-of';
import type { Outcome, PredictionLog } from '@tillcast/core/ports/prediction-log';

/**
 * Carries purchases and refunds from the event log into the prediction log, where labels find them. The event log stays the truth: what a crash
 * takes from here is carried over again when the events are replayed.
 */
export interface OutcomeCarrier {
  /** Takes the event that the engine applied last, if it is an outcome. */
  note(event: ShopEvent): void;
  /** Stores what was noted; rejects with STORE_UNAVAILABLE and keeps it. */
  flush(): Promise<void>;
  /** Stores what was noted once it is much; for replays, which hand over faster than a store takes. */
  settle(): Promise<void>;
  /** Drops what was noted of a shopper and not stored yet. */
  forget(tenant: string, shopper: string): void;
}

export interface OutcomeCarrierSettings {
  readonly log: Pick<PredictionLog, 'addOutcomes'>;
  readonly engine: Pick<FeatureEngine, 'appliedShopper' | 'appliedSessionId'>;
  readonly refundWindowMs: number;
  /** Outcomes that may wait while the store fails; more are left to the next replay of the events. Default 50,000. */
  readonly capacity?: number;
}

/** Outcomes stored in one step. */
const chunk = 256;

/** Opens a carrier beside the engine that applies the events. */
export function openOutcomeCarrier({ log, engine, refundWindowMs, capacity = 50_000 }: OutcomeCarrierSettings): OutcomeCarrier {
  let waiting: Outcome[] = [];
  let flight: Promise<void> | undefined;

  async function store(): Promise<void> {
    while (waiting.length > 0) {
      const some = waiting.slice(0, chunk);
      await log.addOutcomes(some, refundWindowMs);
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
      if (event.event !== 'purchase' && event.event !== 'refund') return;
      const outcome = outcomeOf(event, {
        shopper: engine.appliedShopper ?? shopperOf(event),
        sessionId: engine.appliedSessionId,
      });
      if (outcome !== undefined && waiting.length < capacity) waiting.push(outcome);
    },
    flush,
    settle: async () => (waiting.length >= chunk ? flush() : undefined),
    forget(tenant, shopper) {
      waiting = waiting.filter((one) => one.tenant !== tenant || one.shopper !== shopper);
    },
  };
}
