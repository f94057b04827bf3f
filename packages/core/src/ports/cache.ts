/**
 * Things worked out before, kept for a while so as not to work them out again. Losing one costs work, never truth.
 * The law suite (packages/core/test/contract/cache.ts) holds every implementation to these sentences.
 * - `get` gives the bytes last set under the key of that scope, the caller's own, or undefined: never set, purged, ended or pushed out.
 * - Nothing is given after its `ttlMs`.
 * - `purge` makes everything set before in a scope unknown, at once, for everybody who shares the cache; other scopes keep theirs.
 * - It is bounded by its own size: what is set beyond it pushes out others.
 * - A cache that cannot reach its state knows nothing and keeps nothing; no call rejects because of it.
 */
export interface Cache {
  /** A scope is what is purged together: a tenant's, or a model version's. */
  get(scope: string, key: string): Promise<Uint8Array | undefined>;
  set(scope: string, key: string, value: Uint8Array, ttlMs: number): Promise<void>;
  purge(scope: string): Promise<void>;
  close(): Promise<void>;
}
