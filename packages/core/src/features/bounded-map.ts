/**
 * A map that forgets what was not touched for longest, in two generations (a cheap approximation of LRU: no list to keep).
 * Holds at most `limit` entries and at least the `limit / 2` touched last. `limit` Infinity: a plain map.
 */
export interface BoundedMap<V> {
  get(key: string): V | undefined;
  /** The same for reading alone: it does not count as a touch, and what is found must not be changed. */
  look(key: string): V | undefined;
  /** Answers the value. */
  set(key: string, value: V): V;
  /** Forgets one at once; not for what others keep by `generation`. */
  delete(key: string): void;
  values(): IteratorObject<V, undefined>;
  /** Between two steps: puts away what there is no room for, where that is not done at once. */
  tidy(): void;
  /** Rises whenever entries may have been forgotten: what was touched since it last rose is still there. */
  readonly generation: number;
  readonly size: number;
  /** Entries that had to make room. */
  readonly forgotten: number;
}

/** Opens an empty bounded map. */
export function boundedMap<V>(limit = Number.POSITIVE_INFINITY): BoundedMap<V> {
  const half = Math.max(1, Math.floor(limit / 2));
  let young = new Map<string, V>();
  let old = new Map<string, V>();
  let generation = 0;
  let forgotten = 0;

  function set(key: string, value: V): V {
    if (young.size >= half && !young.has(key)) {
      forgotten += old.size;
      old = young;
      young = new Map();
      generation++;
    }
    young.set(key, value);
    return value;
  }

  return {
    get(key) {
      const value = young.get(key);
      if (value !== undefined || old.size === 0) return value;
      const kept = old.get(key);
      if (kept === undefined) return undefined;
      old.delete(key);
      return set(key, kept);
    },
    look: (key) => young.get(key) ?? old.get(key),
    set,
    delete(key) {
      young.delete(key);
      old.delete(key);
    },
    values: () => young.values(),
    tidy: () => {},
    get generation() {
      return generation;
    },
    get size() {
      return young.size + old.size;
    },
    get forgotten() {
      return forgotten;
    },
  };
}
