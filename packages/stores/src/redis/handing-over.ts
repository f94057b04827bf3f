import { type ShopEvent, shopperOf } from '@tillcast/core/events/event';
import type { Mirror } from '@tillcast/core/features/mirror';
import type { Lane, Outcome, Report } from './lane.ts';

export interface HandingOverParts {
  readonly mirror: Mirror;
  /** Where what became of an event is told. */
  readonly outcomes: WeakMap<ShopEvent, Outcome>;
  readonly isUp: () => boolean;
  /** Does something in the current epoch, or rejects. */
  readonly inEpoch: (work: (lane: Lane) => Promise<void>) => Promise<void>;
  /** A lane of the same epoch with nothing at hand, for catching up: what is at hand is ahead of Redis meanwhile, and stays so. */
  readonly openAside: (lane: Lane) => Lane;
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
  /** The shoppers of whom more is at hand than in Redis; empty while all is well. */
  withheld(): ReadonlySet<string>;
  readonly isTroubled: boolean;
  /** Drops what waits of a shopper and happened up to a moment; default: all of it. */
  forget(shopper: string, untilMs?: number): void;
  /** Resolves when what is under way now has come to an end, good or bad. */
  rest(): Promise<void>;
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
  /** Until everything that was taken at hand is in Redis. */
  let isTroubled = false;
  let isBusy = false;
  let isClosed = false;
  let aside: Lane | undefined;
  const ahead = new Set<string>();
  let underWay: Promise<void> = Promise.resolve();
  /** Folded at hand while a batch was under way, which may have put other states in their place. */
  let meanwhile: ShopEvent[] = [];
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
    leadsRedis(event);
    if (isBusy && !isTroubled) meanwhile.push(event);
    try {
      const applied = engine.apply(event);
      const { appliedShopper = '', appliedSessionId, appliedDevice } = engine;
      return { applied, shopper: appliedShopper, sessionId: appliedSessionId, device: appliedDevice };
    } catch (poison) {
      return { poison };
    }
  }

  function leadsRedis(event: ShopEvent): void {
    for (const shopper of mirror.concerns(event)) {
      parts.doubt(shopper);
      ahead.add(shopper);
    }
  }

  /** Folds once more what a batch may have taken from hand; where it did not, the event is a duplicate. */
  function placeMeanwhile(): void {
    const events = meanwhile.filter((event) => !('poison' in outcomes.get(event)!));
    meanwhile = [];
    for (const event of events) {
      leadsRedis(event);
      mirror.place(event);
    }
  }

  async function handBatch(lane: Lane, batch: readonly Waiting[]): Promise<void> {
    const report: Report = { done: new Map(), atHand: new Map() };
    const handed = lane.hand(
      batch.map(({ event }) => event),
      report,
    );
    underWay = handed.catch(() => {});
    try {
      await handed;
    } finally {
      for (const [event, outcome] of [...report.done, ...report.atHand]) if (!outcomes.has(event)) outcomes.set(event, outcome);
      for (const one of batch) if (report.done.has(one.event)) tell(one);
      waiting = waiting.filter(({ event }) => !report.done.has(event));
      placeMeanwhile();
    }
  }

  async function handNext(): Promise<void> {
    await parts.inEpoch((lane) => {
      if (!isTroubled) return handBatch(lane, waiting.slice(0, batchSize));
      if (aside?.epoch !== lane.epoch) aside = parts.openAside(lane);
      return handBatch(aside, waiting.slice(0, batchSize));
    });
  }

  async function go(): Promise<void> {
    if (isBusy || isClosed) return;
    isBusy = true;
    clearTimeout(timer);
    try {
      while (waiting.length > 0 && !isClosed) {
        if (isTroubled && parts.isTooOld(waiting[0]!.event)) giveUp('events have waited too long for Redis');
        else await handNext();
      }
      isTroubled = false;
      aside = undefined;
      ahead.clear();
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
    withheld: () => ahead,
    get isTroubled() {
      return isTroubled;
    },
    forget(shopper, untilMs = Number.POSITIVE_INFINITY) {
      const theirs = waiting.filter(({ event }) => shopperOf(event) === shopper && event.eventTimeMs <= untilMs);
      for (const one of theirs) tellAtHand(one);
      waiting = waiting.filter((one) => !theirs.includes(one));
    },
    rest: () => underWay,
    oldest: () => waiting[0]?.event,
    close() {
      isClosed = true;
      clearTimeout(timer);
      for (const one of waiting) tellAtHand(one);
    },
  };
}
