/** Lines of bytes in a room of fixed size, outside the heap that is collected: a new one takes the place of the oldest. */
export interface LineRing {
  /** Takes a copy in; a line larger than the room is left out. */
  push(line: Uint8Array): void;
  /** Lines that are there, with what was cleared. */
  readonly size: number;
  /** The line pushed `age` lines before the newest, a view that the next push may overwrite; undefined: it was cleared. */
  at(age: number): Uint8Array | undefined;
  /** Overwrites a line with zeros: it is gone, its place is not. */
  clear(age: number): void;
}

/** Opens an empty ring of at most so many lines and bytes. The system gives the bytes as they are first used. */
export function openLineRing(capacity: number, roomBytes: number): LineRing {
  const room = new Uint8Array(roomBytes);
  const starts = new Uint32Array(capacity);
  const lengths = new Uint32Array(capacity);
  let pushed = 0;
  let size = 0;
  let end = 0;

  const slotOf = (age: number): number => (pushed - 1 - age) % capacity;

  function dropOldestWhile(isInTheWay: (start: number) => boolean): void {
    while (size > 0 && isInTheWay(starts[slotOf(size - 1)]!)) size -= 1;
  }

  /** Where so many bytes fit: after the newest line, or at the beginning where the end of the room is too near. */
  function place(count: number): number {
    const isRound = end + count > roomBytes;
    if (isRound) dropOldestWhile((start) => start >= end);
    const from = isRound ? 0 : end;
    dropOldestWhile((start) => start >= from && start < from + count);
    return from;
  }

  return {
    push(line) {
      if (line.length > roomBytes) return;
      if (size === capacity) size -= 1;
      const from = place(line.length);
      const slot = pushed % capacity;
      starts[slot] = from;
      lengths[slot] = line.length;
      room.set(line, from);
      end = from + line.length;
      pushed += 1;
      size += 1;
    },
    get size() {
      return size;
    },
    at(age) {
      const slot = slotOf(age);
      return age >= size || lengths[slot] === 0 ? undefined : room.subarray(starts[slot]!, starts[slot]! + lengths[slot]!);
    },
    clear(age) {
      const slot = slotOf(age);
      room.fill(0, starts[slot]!, starts[slot]! + lengths[slot]!);
      lengths[slot] = 0;
    },
  };
}
