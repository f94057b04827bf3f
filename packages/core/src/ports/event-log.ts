import type { ShopEvent } from '../events/event.ts';

/** What became of a batch: `received = accepted + duplicate + conflicts.length`, always. */
export interface AppendResult {
  readonly accepted: number;
  readonly duplicate: number;
  /** Positions in the batch whose `eventId` is stored with another body; nothing of them was written. */
  readonly conflicts: readonly number[];
  /** Position of each accepted event in the batch, in order. */
  readonly acceptedIndexes: readonly number[];
}

/**
 * Where events live. The contract suite (packages/core/test/contract/event-log.ts) holds every implementation to these sentences.
 * - `append` is idempotent by (`tenant`, `eventId`): the same body again is a duplicate, another body a conflict. `sequence`, `receivedAtMs`,
 *   `backfilled` and `mark` are outside comparison. Within one batch, the first of equal ids counts.
 * - Once `append` resolves and `durable` is true, the accepted events survive the death of the process and a power cut.
 * - `read` yields batches in the order of `compareEvents`; with `order: 'knowable'` by (`knowableAtMs`, then `compareEvents`).
 * - What is returned is the caller's own: changing it changes nothing stored.
 * - `erase` removes events, named by (`tenant`, `eventId`) and given as they were read, for good and for good reasons only: a person asked for it.
 *   It is as durable as an append, answers how many it removed, and removes none again; an id that is free again may be taken again.
 * - `check` resolves when an append would be taken now, and rejects with STORE_UNAVAILABLE when it would not.
 * - After `close`, every call rejects with STORE_UNAVAILABLE.
 */
export interface EventLog {
  readonly durable: boolean;
  append(events: readonly ShopEvent[]): Promise<AppendResult>;
  read(query?: EventQuery): AsyncIterable<readonly ShopEvent[]>;
  count(tenant?: string): Promise<number>;
  erase(events: readonly ShopEvent[]): Promise<number>;
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface EventQuery {
  /** Default `default`. */
  readonly tenant?: string;
  /** Events with `eventTimeMs >= fromMs`. */
  readonly fromMs?: number;
  /** Events with `eventTimeMs < untilMs`. */
  readonly untilMs?: number;
  readonly order?: 'event' | 'knowable';
  /** Rows a batch holds at most; default 8,192. */
  readonly batch?: number;
}
