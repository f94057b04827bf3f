/** What a request is for, from the most to the least urgent. What is `always` taken is never refused here. */
export type RequestKind = 'always' | 'predict' | 'ingest' | 'dashboard' | 'batch';
export type ShedReason = 'busy' | 'crowded';

/** How much of the loop's time, and of the places, each kind may find taken before it is refused. */
const shares: Readonly<Record<Exclude<RequestKind, 'always'>, number>> = {
  predict: 1,
  ingest: 0.75,
  dashboard: 0.5,
  batch: 0.25,
};

export interface AdmissionSettings {
  /** A monotonic clock, ms. */
  readonly now: () => number;
  /** How long this thread has worked, ms; default `now`. A machine that does other things meanwhile is no reason to refuse. */
  readonly worked?: () => number;
  /** Calls back once what the event loop has at hand is done; `setImmediate`. */
  readonly afterTurn: (ended: () => void) => void;
  /** How long a turn of the loop may work on requests while there are too many of them, ms. */
  readonly strictMs?: number;
  /** Requests that a turn takes in however long it lasts. */
  readonly fewest?: number;
  /** The same in ordinary times: a pause that ends, as of a collection, refuses no one. */
  readonly patientMs?: number;
  /** All turns must have been too long for this time before it is strict, and none before it is patient again, ms. */
  readonly intervalMs?: number;
  /** Requests under way at most. */
  readonly maxUnderWay?: number;
}

/** Says who is taken in. */
export interface Admission {
  /** Undefined = taken in: then `left` is owed once it is answered. */
  refuses(kind: RequestKind): ShedReason | undefined;
  left(): void;
  readonly underWay: number;
  /** Whether the loop has more to do than it can. */
  readonly isStrict: boolean;
}

const defaults = { strictMs: 10, fewest: 8, patientMs: 50, intervalMs: 100, maxUnderWay: 1_000 } as const;

/**
 * Refuses by the age of the queue. Requests that arrive while the event loop works wait in the kernel, and are all there when it looks again: how long
 * a turn takes is how long the next request waits. So a turn takes requests in for a bounded time and refuses the rest, which costs next to
 * nothing, and looks again. As in CoDel (Nichols and Jacobson, Controlling Delay, 2012) the bound is generous until turns have been too long for
 * a while: a short queue after a pause is no overload, a standing one is. Rates, places and utilisation say less: they do not know what a request costs.
 */
export function openAdmission(settings: AdmissionSettings): Admission {
  const { now, worked = now, afterTurn } = settings;
  const { strictMs, fewest, patientMs, intervalMs, maxUnderWay } = { ...defaults, ...settings };
  let underWay = 0;
  let turnFromMs: number | undefined;
  let workedBeforeMs = 0;
  let takenThisTurn = 0;
  let tooLongSinceMs: number | undefined;
  let lastLongMs = Number.NEGATIVE_INFINITY;
  let isStrict = false;

  function endTurn(): void {
    const nowMs = now();
    const isLong = nowMs - turnFromMs! >= strictMs && worked() - workedBeforeMs >= strictMs;
    turnFromMs = undefined;
    if (isLong) {
      tooLongSinceMs ??= nowMs;
      lastLongMs = nowMs;
      if (nowMs - tooLongSinceMs >= intervalMs) isStrict = true;
    } else {
      tooLongSinceMs = undefined;
      if (nowMs - lastLongMs >= intervalMs) isStrict = false;
    }
  }

  return {
    refuses(kind) {
      const nowMs = now();
      if (turnFromMs === undefined) {
        turnFromMs = nowMs;
        workedBeforeMs = worked();
        takenThisTurn = 0;
        afterTurn(endTurn);
      }
      if (kind !== 'always') {
        const share = shares[kind];
        const mostMs = (isStrict ? strictMs : patientMs) * share;
        // The clock is cheap to ask, the work is not: it is asked only when the clock says that it may be too much.
        const isLate = nowMs - turnFromMs > mostMs && worked() - workedBeforeMs > mostMs;
        if (isLate && takenThisTurn >= fewest * share) return 'busy';
        if (underWay >= maxUnderWay * share) return 'crowded';
      }
      underWay += 1;
      takenThisTurn += 1;
      return undefined;
    },
    left() {
      underWay -= 1;
    },
    get underWay() {
      return underWay;
    },
    get isStrict() {
      return isStrict;
    },
  };
}

const kinds: readonly (readonly [prefix: string, kind: RequestKind])[] = [
  ['/livez', 'always'],
  ['/readyz', 'always'],
  ['/metrics', 'always'],
  ['/v1/predict/batch', 'batch'],
  ['/v1/batch-jobs', 'batch'],
  ['/v1/predict', 'predict'],
  ['/v1/decide', 'predict'],
  ['/v2/health/', 'always'],
  ['/v2/', 'predict'],
  ['/ofrep/', 'predict'],
  ['/v1/events', 'ingest'],
  ['/v1/webhooks', 'ingest'],
  ['/v1/outcomes', 'ingest'],
  ['/v1/items', 'ingest'],
];

/** What an address is for; what is not listed is someone looking. */
export const kindOf = (url: string): RequestKind => kinds.find(([prefix]) => url.startsWith(prefix))?.[1] ?? 'dashboard';
