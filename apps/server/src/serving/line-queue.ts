/** What waits, the oldest first. */
export interface LineQueue<T> {
  push(one: T): void;
  /** Takes out the oldest, so many at most. */
  take(most: number): T[];
  /** Puts back in front what was taken out. */
  putBack(taken: readonly T[]): void;
  /** Drops those that are pointed out; answers how many. */
  drop(isOut: (one: T) => boolean): number;
  find(is: (one: T) => boolean): T | undefined;
  /** All of them, the oldest first; the caller's own. */
  all(): T[];
  readonly size: number;
}

/** Taken places in front of those that wait before they are given back. */
const mostTaken = 1_024;

/** Opens an empty queue: a plain list, since tables that are laid out anew hold on to what was in them (see `openCrowd`). */
export function openLineQueue<T>(): LineQueue<T> {
  let list: (T | undefined)[] = [];
  let first = 0;

  const waiting = (): T[] => list.slice(first) as T[];
  function hold(ones: T[]): void {
    list = ones;
    first = 0;
  }

  return {
    push: (one) => void list.push(one),
    take(most) {
      const taken = list.slice(first, first + most) as T[];
      list.fill(undefined, first, first + taken.length);
      first += taken.length;
      if (first >= mostTaken || first === list.length) hold(waiting());
      return taken;
    },
    putBack: (taken) => hold([...taken, ...waiting()]),
    drop(isOut) {
      const before = list.length - first;
      hold(waiting().filter((one) => !isOut(one)));
      return before - list.length;
    },
    find: (is) => waiting().find(is),
    all: waiting,
    get size() {
      return list.length - first;
    },
  };
}
