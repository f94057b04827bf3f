import { openOldestFirst } from './oldest-first.ts';

/** Records of bytes by key in a room of fixed size: a new one takes the place of the oldest. */
export interface ByteRing {
  /** Takes a record in; false: it is too large for the room. Its key must not be there. */
  put(key: string, bytes: Uint8Array): boolean;
  /** Takes a record out; undefined: it is not there, or not any more. */
  take(key: string): Uint8Array | undefined;
  /** A record as it lies there: good until the next step. */
  peek(key: string): Uint8Array | undefined;
  readonly size: number;
  /** Records that had to make room. */
  readonly forgotten: number;
}

/** Bytes that a record takes beside its own. */
export const recordBytes = 4;

/** Opens an empty ring of `room` bytes. The room is asked for at once, and taken by the system as it fills. */
export function openByteRing(room: number): ByteRing {
  const bytes = new Uint8Array(room);
  const view = new DataView(bytes.buffer);
  // Key to where its record begins, in the order in which they lie in the ring.
  const places = new Map<string, number>();
  const nextOldest = openOldestFirst(places);
  let oldest: string | undefined;
  let end = 0;
  let forgotten = 0;

  /** Makes the bytes from `end` on, around the end of the room, free. */
  function clear(count: number): void {
    while (places.size > 0) {
      oldest ??= nextOldest()!;
      const ahead = (places.get(oldest)! - end + room) % room;
      if (ahead >= count) return;
      places.delete(oldest);
      oldest = undefined;
      forgotten += 1;
    }
  }

  function peek(key: string): Uint8Array | undefined {
    const at = places.get(key);
    return at === undefined ? undefined : bytes.subarray(at + recordBytes, at + recordBytes + view.getUint32(at));
  }

  return {
    peek,
    put(key, record) {
      const count = record.length + recordBytes;
      if (count > room / 2) return false;
      const left = room - end;
      if (left < count) {
        clear(left + count);
        end = 0;
      } else clear(count);
      view.setUint32(end, record.length);
      bytes.set(record, end + recordBytes);
      places.set(key, end);
      end = (end + count) % room;
      return true;
    },
    take(key) {
      const record = peek(key)?.slice();
      places.delete(key);
      if (key === oldest) oldest = undefined;
      return record;
    },
    get size() {
      return places.size;
    },
    get forgotten() {
      return forgotten;
    },
  };
}
