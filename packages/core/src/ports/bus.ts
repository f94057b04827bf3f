/** Something that was published. */
export interface BusMessage {
  /** Ascending in the order of publishing, within one topic. */
  readonly id: string;
  readonly body: Uint8Array;
  /** How often it was handed out before; 0 the first time. */
  readonly retries: number;
}

/** How a group takes messages in. */
export interface ConsumeOptions {
  /** Those who name the same group share its messages. */
  readonly group: string;
  /** Messages handed over at once; default 64. */
  readonly batch?: number;
  /** A message that nobody has acknowledged for so long is handed out again; default 30 s. */
  readonly claimAfterMs?: number;
  /** A message that was handed out again so often is given up, and told to `onGivenUp`; default 10. */
  readonly maxRetries?: number;
  readonly onGivenUp?: (message: BusMessage) => void;
  /** How long to rest when there was nothing; default 50 ms. */
  readonly idleMs?: number;
}

/** How a listener takes messages in. */
export type ListenOptions = Pick<ConsumeOptions, 'batch' | 'idleMs'>;

/**
 * Tells things to whoever wants to know, in this process or others.
 * The law suite (packages/core/test/contract/bus.ts) holds every implementation to these sentences.
 * - Once `publish` resolves, every group of the topic is handed each message at least once. `publish` rejects with STORE_UNAVAILABLE when it is not
 *   known to be taken.
 * - A group begins with the oldest message kept when its first member comes; whoever publishes does not wait for groups.
 * - Members of a group share its messages: each goes to one of them at a time. A sole member is handed them in order.
 * - When `handle` resolves, its messages are acknowledged and never handed out to that group again. What is not acknowledged (`handle` rejected,
 *   the process died) is handed out again after `claimAfterMs`, to any member, and given up after `maxRetries`.
 * - `listen` hands every message published after it was called to this one listener, in order; what others hear or acknowledge is nothing to it, and
 *   nothing is kept for a listener that is gone. When `handle` rejects, the same messages come again. Some of the minute before may come too.
 * - A topic keeps its last `capacity` messages, give or take a hundred: who falls further behind misses the older ones.
 * - What is handed over is the receiver's own. After `close`, `publish` rejects and nothing is handed out any more.
 */
export interface Bus {
  publish(topic: string, bodies: readonly Uint8Array[]): Promise<void>;
  /** Hands messages over, batch after batch, until it is stopped; `stop` resolves when the last batch is done. */
  consume(
    topic: string,
    handle: (messages: readonly BusMessage[]) => Promise<void>,
    options: ConsumeOptions,
  ): { stop(): Promise<void> };
  /** What everybody must hear, where `consume` shares messages out. `stop` resolves when the last batch is done. */
  listen(
    topic: string,
    handle: (messages: readonly BusMessage[]) => Promise<void>,
    options?: ListenOptions,
  ): { stop(): Promise<void> };
  close(): Promise<void>;
}
