import { randomBytes } from 'node:crypto';
import type { Suppressions } from '@tillcast/core/ports/suppressions';
import { closedError, keyBytes, keyedDigest } from '../suppressions/digest.ts';

/** Keeps suppressions in this process: for tests, and for trying things out. Nothing outlives the process. */
export function memorySuppressions(): Suppressions {
  const key = randomBytes(keyBytes);
  const known = new Map<string, number>();
  let closed = false;
  return {
    durable: false,
    digestOf: (tenant, shopper) => keyedDigest(key, tenant, shopper),
    async add(given) {
      if (closed) throw closedError();
      for (const { digest, erasedAtMs } of given) known.set(digest, Math.max(erasedAtMs, known.get(digest) ?? erasedAtMs));
    },
    async all() {
      if (closed) throw closedError();
      return [...known].map(([digest, erasedAtMs]) => ({ digest, erasedAtMs }));
    },
    async close() {
      closed = true;
    },
  };
}
