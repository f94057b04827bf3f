/** What a shop can say of an item. Amounts are per unit, in the shop's currency where `currency` says nothing else. */
export interface ItemFacts {
  readonly price?: number;
  readonly cost?: number;
  /** Share of the price that is earned, at most 1; below 0 where it is sold at a loss. */
  readonly margin?: number;
  /** ISO 4217; of price and cost. */
  readonly currency?: string;
  /** Units, a whole number ≥ 0. */
  readonly stock?: number;
  readonly available?: boolean;
  /** Dotted path from the broadest. */
  readonly category?: string;
  readonly brand?: string;
  readonly title?: string;
}

/** What is said of an item from a moment on. What is absent stays as it was; null: it is not known any more. */
export interface ItemFact {
  readonly tenant: string;
  readonly itemId: string;
  /** From when on it holds, in the world; may lie ahead: a price announced for Friday. */
  readonly validFromMs: number;
  /** When we were told, by our clock. */
  readonly receivedAtMs: number;
  readonly says: { readonly [F in keyof ItemFacts]: ItemFacts[F] | null };
}

/** The moment something is asked about, and what was known by then. */
export interface FactQuestion {
  readonly asOfMs: number;
  readonly knownByMs: number;
}

/** What became of facts: `received = accepted + duplicate`. */
export interface FactsAppended {
  readonly accepted: number;
  readonly duplicate: number;
  /** Position of each accepted fact among those given, in order. */
  readonly acceptedIndexes: readonly number[];
}

/**
 * What the shop says of its items, with history in both times: when it holds, and since when we know. Facts are only ever added.
 * The law suite (packages/core/test/contract/item-catalogue.ts) holds every implementation to these sentences.
 * - `append` is idempotent by (`tenant`, `itemId`, `validFromMs`, `says`): the same again, whenever it is received, is a duplicate and changes nothing.
 * - Once `append` resolves and `durable` is true, the facts survive the death of the process and a power cut.
 * - `at` answers, of each field, what the newest fact says of those that hold (`validFromMs ≤ asOfMs`) and are known (`receivedAtMs ≤ knownByMs`);
 *   newest is the greatest in `compareFacts`. A field that no such fact names, or that the newest says null of, is absent; undefined = no such fact.
 * - So what is told later, or holds later, changes no earlier answer, and the order of arrival changes none.
 * - `read` yields all facts of a tenant by `receivedAtMs`, then `compareFacts`, page by page; facts may be appended meanwhile. With `receivedFromMs` only
 *   those with `receivedAtMs >= receivedFromMs`.
 * - What is returned is the caller's own. After `close`, every call rejects with STORE_UNAVAILABLE.
 */
export interface ItemCatalogue {
  readonly durable: boolean;
  append(facts: readonly ItemFact[]): Promise<FactsAppended>;
  at(tenant: string, itemId: string, question: FactQuestion): Promise<ItemFacts | undefined>;
  read(query?: {
    readonly tenant?: string;
    readonly batch?: number;
    readonly receivedFromMs?: number;
  }): AsyncIterable<readonly ItemFact[]>;
  /** Facts, of one tenant or of all. */
  count(tenant?: string): Promise<number>;
  close(): Promise<void>;
}
