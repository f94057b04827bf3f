/** Who is there at the moment, in no order. */
export interface Crowd<T> {
  /** Answers the place, which is needed to leave. */
  enter(one: T): number;
  leave(place: number): void;
  readonly size: number;
  [Symbol.iterator](): Iterator<T>;
}

/**
 * Opens an empty crowd. Not a Set: what comes and goes with every request makes a Set lay out its table anew all the time, and each old table points to
 * the next one and to whom it held. Once one of them has grown old, all that follow are kept until the next full collection, requests and answers with
 * them (docs/adr/0022-serving-speed.md).
 */
export function openCrowd<T>(): Crowd<T> {
  const places: (T | undefined)[] = [];
  const free: number[] = [];
  return {
    enter(one) {
      const place = free.pop() ?? places.length;
      places[place] = one;
      return place;
    },
    leave(place) {
      places[place] = undefined;
      free.push(place);
    },
    get size() {
      return places.length - free.length;
    },
    *[Symbol.iterator]() {
      for (const one of places) if (one !== undefined) yield one;
    },
  };
}
