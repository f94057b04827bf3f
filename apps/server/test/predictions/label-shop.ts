import { compareEvents, knowableAtMs, type ShopEvent, shopperOf } from '@tillcast/core/events/event';
import { openFeatureEngine } from '@tillcast/core/features/feature-engine';
import { loginsOf, outcomeOf } from '@tillcast/core/outcomes/outcome-of';
import type { Outcome, PredictionLog, PredictionRecord } from '@tillcast/core/ports/prediction-log';
import { openRandom } from '@tillcast/core/simulation/random';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import { aPrediction, askedMs } from '../../../../packages/core/test/arbitraries/prediction.ts';
import { labelPredictions } from '../../src/jobs/label-predictions.ts';

const MINUTE_MS = 60_000;
export const refundWindowMs = 30 * MINUTE_MS;

/** What happened in a small shop, and what it was told of it meanwhile. */
export interface LabelShop {
  /** In knowable order. */
  readonly events: readonly ShopEvent[];
  readonly predictions: readonly PredictionRecord[];
  /** Moments at which labels are decided. */
  readonly runsAtMs: readonly number[];
}

/** Three shoppers of few minutes, one of them a device on which another logs in now and then: purchases that come late, returns, and questions all along. */
export function labelShop(seed: number): LabelShop {
  const random = openRandom(seed);
  const upTo = (n: number): number => Math.floor(random.uniform() * n);
  const items = ['shoe', 'hat', 'sock'];
  const event = (n: number): ShopEvent => {
    const name = (['view_item', 'purchase', 'purchase', 'refund'] as const)[upTo(4)]!;
    const [shopper, atMs, late] = [upTo(4), askedMs + upTo(90) * MINUTE_MS, upTo(3) === 0 ? upTo(80) * MINUTE_MS : 0];
    return {
      ...{ tenant: 'default', eventId: `e${n}`, event: name, eventTimeMs: atMs, receivedAtMs: atMs + late },
      ...(shopper === 2 ? { anonymousId: 'd2' } : { userId: `u${shopper % 3}`, sessionId: `s${upTo(2)}` }),
      ...(shopper === 3 ? { anonymousId: 'd2' } : {}),
      ...(upTo(2) === 0 ? { transactionId: `t${upTo(3)}` } : {}),
      items: [{ itemId: items[upTo(3)]!, price: 10, quantity: 1 + upTo(2) }],
    };
  };
  const prediction = (n: number): PredictionRecord => {
    const [shopper, atMs] = [upTo(3), askedMs + upTo(60) * MINUTE_MS];
    const { userId: _, ...plain } = aPrediction();
    return {
      ...plain,
      ...{
        predictionId: `p${n}`,
        shopper: shopper === 2 ? 'a:d2' : `u:u${shopper}`,
        sessionId: `s${upTo(2)}`,
        itemId: items[upTo(3)]!,
      },
      ...{
        target: upTo(3) === 0 ? 'session' : 'item',
        horizonMs: (5 + upTo(30)) * MINUTE_MS,
        askedAtMs: atMs,
        asOfMs: atMs - upTo(2) * MINUTE_MS,
      },
    };
  };
  const byKnowledge = (a: ShopEvent, b: ShopEvent): number => knowableAtMs(a) - knowableAtMs(b) || compareEvents(a, b);
  return {
    events: Array.from({ length: 40 }, (_, n) => event(n)).sort(byKnowledge),
    predictions: Array.from({ length: 24 }, (_, n) => prediction(n)),
    runsAtMs: [20, 45, 70, 100, 140, 260].map((minute) => askedMs + minute * MINUTE_MS),
  };
}

/** The outcomes of a history, each where the engine put it. */
export function outcomesOf(events: readonly ShopEvent[]): Outcome[] {
  const engine = openFeatureEngine({ timeZone: 'UTC' }, []);
  return events.flatMap((event) => {
    engine.apply(event);
    const shopper = engine.appliedShopper ?? shopperOf(event);
    const outcome = outcomeOf(event, { shopper, sessionId: engine.appliedSessionId });
    const logins = engine.appliedDevice === undefined ? [] : loginsOf(event, shopper, engine.appliedDevice);
    return outcome === undefined ? logins : [...logins, outcome];
  });
}

/** One life of the process: the prediction log as it stands, and everything the shop did, from the beginning or where a fault says. */
export async function live(log: PredictionLog, shop: LabelShop, fromRun = 0, eventsFromMs = 0, onRun = (_: number): void => {}) {
  for (let n = 0; n < shop.predictions.length; n += 5) await log.append(shop.predictions.slice(n, n + 5));
  for (const [run, nowMs] of shop.runsAtMs.entries()) {
    if (run < fromRun) continue;
    onRun(run);
    const events = memoryEventLog();
    const known = shop.events.filter(({ receivedAtMs }) => receivedAtMs <= nowMs);
    await events.append(known.filter(({ receivedAtMs }) => receivedAtMs >= eventsFromMs));
    await labelPredictions(events, log, { nowMs, refundWindowMs, sessionGapMs: 1_800_000, timeZone: 'UTC', batch: 3 });
  }
}
