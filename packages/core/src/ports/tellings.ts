/** When a shopper was told, by rule: epoch ms, ascending. */
export type Told = ReadonlyMap<string, readonly number[]>;

/**
 * Who was told what, for caps that several processes keep together. The law suite (packages/core/test/contract/tellings.ts) holds every implementation to these sentences.
 * - `recall` gives every telling of a shopper that anybody made and that has not ended; the caller's own.
 * - A telling ends `keepMs` after it was made, by the clock of whoever holds the state; a later one of another rule ends by its own.
 * - Telling twice at one moment counts twice where two processes did it, and once where one repeats itself.
 * - `forget` ends every telling of a shopper, for everybody; shoppers do not touch each other.
 * - Tellings that cannot reach their state know nothing and keep nothing; no call rejects because of it.
 */
export interface Tellings {
  recall(shopper: string): Promise<Told>;
  tell(shopper: string, rule: string, atMs: number, keepMs: number): Promise<void>;
  forget(shopper: string): Promise<void>;
}
