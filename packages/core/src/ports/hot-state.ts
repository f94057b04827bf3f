import type { ShopEvent } from '../events/event.ts';
import type { FeatureEngine, Question } from '../features/engine.ts';
import type { EventLog } from './event-log.ts';

/**
 * By how much events may change places between their arrival and `take` or `engine.apply`, ms: they come by several ways at once, wait for their commit,
 * and are handed over again after a failure.
 */
export const REORDER_MS = 15 * 60_000;

/** Whether what is at hand is what is known by now, by whichever process, or only what was known last. */
export type Freshness = 'current' | 'last_known';

/**
 * What is known by now of shoppers, items and the shop: the states behind features, for one process or for all that share a place.
 * The law suite (packages/core/test/contract/hot-state.ts) holds every implementation to these sentences.
 * - After `take`, `engine.apply` of the same events answers what became of each, and changes nothing more. Events are on disk before they are taken.
 * - Once `take` resolved, whoever shares the place sees the events at their next `look`; each event counts once, whoever takes it how often.
 * - After `look` answered `current`, `engine.row` and `engine.shopper` give, for what the questions are about, the bits of one engine that was handed
 *   every event taken so far in the order in which they became knowable, late ones in their place, whoever took which in which order within `REORDER_MS`.
 * - A process that starts from the log gives the bits that were live.
 * - Where the place does not answer, `look` says `last_known` within its budget, `take` resolves all the same, and what was taken is handed over as
 *   soon as the place is back. `settled` resolves when nothing waits any more.
 * - What is lost is folded anew from the log, to the same bits; meanwhile `look` says `last_known`.
 * - Memory is bounded, here and in the place; every state in the place ends by itself when nobody comes for `keptMs`.
 * - `forget` removes what is known of a shopper. The counters of items and shop keep their sums, which name nobody.
 * - After `refold`, what is known of these shoppers, of whoever logged in on their devices and of the devices of all of them is what the log tells by
 *   now: what was erased from it may never have happened.
 * - `letGo` forgets what is at hand of shoppers, so that it is fetched anew. Where they were erased, what they did up to `erasedUntilMs` and still waits
 *   here is dropped, and what came to the place after the erasure is made up for by `refold`.
 * - No call rejects because of the place, but for `restore`, `forget`, `refold` and `letGo`.
 */
export interface HotState {
  /** Answers from what is at hand, at once. */
  readonly engine: FeatureEngine;
  /** Whether other processes see what is taken here. */
  readonly isShared: boolean;
  take(events: readonly ShopEvent[]): Promise<void>;
  look(questions: readonly Question[]): Promise<Freshness>;
  /**
   * Once, after every event of the log went through `engine.apply`, which until then only tells what became of it: brings the place up to what the log
   * says, then and whenever it loses something. `log` gives events as the features see them.
   */
  restore(log: Pick<EventLog, 'read'>): Promise<void>;
  forget(tenant: string, shopper: string): Promise<void>;
  /** After `restore`, whose log it reads. */
  refold(tenant: string, shoppers: readonly string[]): Promise<void>;
  /** For whom another process forgot or folded anew. */
  letGo(tenant: string, shoppers: readonly string[], erasedUntilMs?: number): Promise<void>;
  settled(): Promise<void>;
  close(): Promise<void>;
}
