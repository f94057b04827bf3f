import type { Cache } from '@tillcast/core/ports/cache';

export interface MemoryCacheSettings {
  /** A monotonic clock, ms. */
  readonly now: () => number;
  /** Bytes of all values together; default 64 Mi. */
  readonly maxBytes?: number;
}

/** What a value costs besides its bytes, roughly: its key, and its place. */
const overhead = 128;

/** A cache of this process: what was not asked for longest is pushed out first. */
export function memoryCache({ now, maxBytes = 64 * 1_048_576 }: MemoryCacheSettings): Cache {
  const values = new Map<string, { readonly scope: string; readonly value: Uint8Array; readonly untilMs: number }>();
  let bytes = 0;
  const nameOf = (scope: string, key: string): string => JSON.stringify([scope, key]);

  function drop(name: string): void {
    const held = values.get(name);
    if (held === undefined) return;
    bytes -= held.value.length + overhead;
    values.delete(name);
  }

  return {
    async get(scope, key) {
      const name = nameOf(scope, key);
      const held = values.get(name);
      if (held === undefined) return undefined;
      if (now() >= held.untilMs) {
        drop(name);
        return undefined;
      }
      values.delete(name);
      values.set(name, held);
      return held.value.slice();
    },
    async set(scope, key, value, ttlMs) {
      const name = nameOf(scope, key);
      drop(name);
      if (value.length + overhead > maxBytes) return;
      values.set(name, { scope, value: value.slice(), untilMs: now() + ttlMs });
      bytes += value.length + overhead;
      for (const eldest of values.keys()) {
        if (bytes <= maxBytes) break;
        drop(eldest);
      }
    },
    async purge(scope) {
      for (const [name, held] of values) if (held.scope === scope) drop(name);
    },
    async close() {
      values.clear();
      bytes = 0;
    },
  };
}
