import type { BoundedMap } from './bounded-map.ts';
import { openByteRing } from './byte-ring.ts';
import { openOldestFirst } from './oldest-first.ts';

/** How values are turned into bytes and back. */
export interface Packing<V> {
  pack(value: V): Uint8Array;
  /** The same value again. Raises INPUT_INVALID where the bytes make no sense. */
  unpack(key: string, bytes: Uint8Array): V;
  /** Bytes that a value takes while it is not packed, about. */
  weigh(value: V): number;
}

/** Room for values, bytes. */
export interface PackedRoom {
  /** For those at hand, as `weigh` says. */
  readonly liveBytes: number;
  /** For those that are packed, without their keys. */
  readonly packedBytes: number;
}

interface Held<V> {
  readonly value: V;
  bytes: number;
  isTouched: boolean;
}

/**
 * A map bounded in bytes: what was not touched for longest is packed, to a tenth of its size and less, and what was packed longest ago is forgotten.
 * Nothing moves but in `tidy`, so that whoever holds values in hand changes the very ones that are kept; it is called between any two steps.
 */
export function packedMap<V>(packing: Packing<V>, { liveBytes, packedBytes }: PackedRoom): BoundedMap<V> {
  // In order of the last touch, as far as `tidy` was called since.
  const live = new Map<string, Held<V>>();
  const nextOldest = openOldestFirst(live);
  const packed = openByteRing(packedBytes);
  // A list, and a mark in each: a Set that is emptied after every step lays out a new table each time.
  const touched: string[] = [];
  let heldBytes = 0;
  let generation = 0;
  // A question looks at its shopper more than once; good until anything changes.
  let lookedAt: { readonly key: string; readonly value: V } | undefined;
  let tooLarge = 0;

  function touch(key: string, held: Held<V>): void {
    if (held.isTouched) return;
    held.isTouched = true;
    touched.push(key);
  }

  function set(key: string, value: V): V {
    lookedAt = undefined;
    const before = live.get(key);
    if (before === undefined) packed.take(key);
    const held: Held<V> = { value, bytes: before?.bytes ?? 0, isTouched: false };
    live.set(key, held);
    touch(key, held);
    return value;
  }

  function drop(key: string): void {
    lookedAt = undefined;
    heldBytes -= live.get(key)?.bytes ?? 0;
    live.delete(key);
  }

  /** What was touched becomes the newest, at what it weighs by now. */
  function renew(key: string): void {
    const held = live.get(key);
    if (held === undefined) return;
    const bytes = packing.weigh(held.value);
    heldBytes += bytes - held.bytes;
    held.bytes = bytes;
    held.isTouched = false;
    live.delete(key);
    live.set(key, held);
  }

  function packOldest(): void {
    const key = nextOldest()!;
    const { value } = live.get(key)!;
    drop(key);
    if (!packed.put(key, packing.pack(value))) tooLarge += 1;
    generation++;
  }

  return {
    get(key) {
      const held = live.get(key);
      if (held !== undefined) {
        touch(key, held);
        return held.value;
      }
      const bytes = packed.take(key);
      return bytes === undefined ? undefined : set(key, packing.unpack(key, bytes));
    },
    look(key) {
      const held = live.get(key);
      if (held !== undefined) return held.value;
      if (lookedAt?.key === key) return lookedAt.value;
      const bytes = packed.peek(key);
      if (bytes === undefined) return undefined;
      lookedAt = { key, value: packing.unpack(key, bytes) };
      return lookedAt.value;
    },
    set,
    delete(key) {
      drop(key);
      packed.take(key);
    },
    values: () => live.values().map(({ value }) => value),
    tidy() {
      if (touched.length === 0) return;
      for (const key of touched) renew(key);
      touched.length = 0;
      while (heldBytes > liveBytes && live.size > 0) packOldest();
    },
    get generation() {
      return generation;
    },
    get size() {
      return live.size + packed.size;
    },
    get forgotten() {
      return packed.forgotten + tooLarge;
    },
  };
}
