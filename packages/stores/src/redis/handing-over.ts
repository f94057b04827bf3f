import type { ShopEvent } from '@tillcast/core/events/event';
import type { Mirror } from '@tillcast/core/features/mirror';
import type { Lane, Outcome, Report } from './lane.ts';

export interface HandingOverParts {
  readonly mirror: Mirror;
  /** Where what became of an event is told. */
  readonly outcomes: WeakMap<ShopEvent, Outcome>;
  readonly isUp: () => boolean;
  /** Does something in the current epoch, or rejects. */
  readonly inEpoch: (work: (lane: Lane) => Promise<void>) => Promise<void>;
  /** What is at hand of a shopper is not what Redis holds. */
  readonly doubt: (shopper: string) => void;
  readonly maxWaiting: number;
  /** Whether an event has waited for so long that what became of it may not be known any more. */
  readonly isTooOld: (event: ShopEvent) => boolean;
  /** Told when what waits is left to the log, which has it: from there everything must be folded anew. */
  readonly onGivenUp: (why: string) => void;
  readonly onTrouble: (error: unknown) => void;
}

/** The events of one tenant on their way into Redis: one batch after the other, and whoever waits for one is told what became of it. */
export interface HandingOver {
  /** Resolves when it is known what became of the events: in Redis or, while Redis does not take them, at hand. */
  take(events: readonly ShopEvent[]): Promise<void>;
  /** Folds an event at hand at once. */
  keep(event: ShopEvent): void;
  /** Goes on, if anything waits. */
  go(): void;
  /** The shoppers of events that Redis does not take for now; empty while all is well. */
  withheld(): ReadonlySet<string>;
  readonly isTroubled: boolean;
  /** Drops what waits of a shopper. */
  forget(shopper: string): void;
  /** The oldest event that waits. */
  oldest(): ShopEvent | undefined;
  close(): void;
}

interface Waiting {
  readonly event: ShopEvent;
  tell: (() => void) | undefined;
}

const retryEveryMs = 50;
const batchSize = 512;

/** Opens the way of a tenant's events. */
export function openHandingOver(parts: HandingOverParts): HandingOver {
  const { mirror, outcomes } = parts;
  let waiting: Waiting[] = [];
  let isTroubled = false;
  let isBusy = false;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;

  function tell(one: Waiting): void {
    one.tell?.();
    one.tell = undefined;
  }

  function tellAtHand(one: Waiting): void {
    if (!outcomes.has(one.event)) outcomes.set(one.event, applyAtHand(one.event));
    tell(one);
  }

  function applyAtHand(event: ShopEvent): Outcome {
    const { engine } = mirror;
    // From now on what is at hand of them is ahead of Redis.
    for (const shopper of mirror.concerns(event)) parts.doubt(shopper);
    try {
      const applied = engine.apply(event);
      const { appliedShopper = '', appliedSessionId, appliedDevice } = engine;
      return { applied, shopper: appliedShopper, sessionId: appliedSessionId, device: appliedDevice };
    } catch (poison) {
      return { poison };
    }
  }

  async function handBatch(lane: Lane, batch: readonly Waiting[]): Promise<void> {
    const report: Report = { done: new Map(), atHand: new Map() };
    try {
      await lane.hand(
        batch.map(({ event }) => event),
        report,
      );
    } finally {
      for (const [event, outcome] of [...report.done, ...report.atHand]) if (!outcomes.has(event)) outcomes.set(event, outcome);
      for (const one of batch) if (report.done.has(one.event)) tell(one);
      waiting = waiting.filter(({ event }) => !report.done.has(event));
    }
  }

  async function go(): Promise<void> {
    if (isBusy || isClosed) return;
    isBusy = true;
    clearTimeout(timer);
    try {
      while (waiting.length > 0 && !isClosed) {
        if (isTroubled && parts.isTooOld(waiting[0]!.event)) giveUp('events have waited too long for Redis');
        else await parts.inEpoch((lane) => handBatch(lane, waiting.slice(0, batchSize)));
      }
      isTroubled = false;
    } catch (error) {
      if (!isTroubled) parts.onTrouble(error);
      isTroubled = true;
      for (const one of waiting) if (one.tell !== undefined) tellAtHand(one);
      timer = setTimeout(() => void go(), retryEveryMs);
      timer.unref();
    } finally {
      isBusy = false;
    }
  }

  function giveUp(why: string): void {
    for (const one of waiting) tellAtHand(one);
    waiting = [];
    parts.onGivenUp(why);
  }

  function push(one: Waiting): void {
    waiting.push(one);
    if (waiting.length > parts.maxWaiting) giveUp(`more than ${parts.maxWaiting} events wait for Redis`);
  }

  return {
    async take(events) {
      const isAway = isTroubled || !parts.isUp();
      const told = events.map(
        (event) =>
          new Promise<void>((resolve) => {
            const one: Waiting = { event, tell: resolve };
            if (isAway) tellAtHand(one);
            push(one);
          }),
      );
      if (!isTroubled) void go();
      await Promise.all(told);
    },
    keep(event) {
      const one: Waiting = { event, tell: undefined };
      tellAtHand(one);
      push(one);
      if (!isTroubled) void go();
    },
    go: () => void go(),
    withheld: () => new Set(isTroubled ? waiting.flatMap(({ event }) => mirror.concerns(event)) : []),
    get isTroubled() {
      return isTroubled;
    },
    forget(shopper) {
      const theirs = waiting.filter(({ event }) => mirror.concerns(event).includes(shopper));
      for (const one of theirs) tellAtHand(one);
      waiting = waiting.filter((one) => !theirs.includes(one));
    },
    oldest: () => waiting[0]?.event,
    close() {
      isClosed = true;
      clearTimeout(timer);
      for (const one of waiting) tellAtHand(one);
    },
  };
}
