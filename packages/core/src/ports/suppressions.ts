/** Somebody whose data were erased, known by a keyed digest alone. */
export interface Suppression {
  readonly digest: string;
  /** What happened up to then is not taken again. */
  readonly erasedAtMs: number;
}

/**
 * Whom was erased, so that no retry, import, replay or restored backup brings them back. It outlives backups: it lies beside them.
 * The law suite (packages/core/test/contract/suppressions.ts) holds every implementation to these sentences.
 * - `digestOf` is a keyed digest: the same for the same (`tenant`, `shopper`) as long as the store lives, of no use without its key, and other in another store.
 *   `shopper` is named as `shopperOf` names shoppers.
 * - `add` is idempotent, and the latest moment stays. Once it resolves and `durable` is true, it survives the death of the process and a power cut.
 * - `all` gives every suppression, each once.
 * - After `close`, `add` and `all` reject with STORE_UNAVAILABLE.
 */
export interface Suppressions {
  readonly durable: boolean;
  digestOf(tenant: string, shopper: string): string;
  add(suppressions: readonly Suppression[]): Promise<void>;
  all(): Promise<readonly Suppression[]>;
  close(): Promise<void>;
}
