import type { EventInput, EventsAnswer } from '../events.ts';
import type { Problem } from '../problem.ts';
import { TillcastFailure } from './failure.ts';
import { beaconBodies, bodyOf, mostEvents, nextBatch } from './outbox-bodies.ts';
import { type OutboxStorage, openOutboxQueue, type Waiting } from './outbox-queue.ts';
import { post, type Wire } from './post.ts';
import { type Backoff, isTransient, retryDelayMs } from './retry.ts';
import type { Sleep } from './sleep.ts';

export interface OutboxSettings {
  /** Events that are sent at once, at the latest. */
  readonly flushAt: number;
  /** How long an event waits for others, ms. */
  readonly flushEveryMs: number;
  /** Events that wait at most; the oldest leave first. */
  readonly maxWaiting: number;
  readonly backoff: Backoff;
  readonly sleep: Sleep;
  readonly storage: OutboxStorage | undefined;
  /** Told of an event that the server refused: sending it again is of no use. */
  readonly onRejected: (event: EventInput, problem: Problem | undefined) => void;
  /** Told of events that had to make room. */
  readonly onDropped: (count: number) => void;
}

/** Events on their way out, in their order, one request at a time. */
export interface Outbox {
  add(event: EventInput): void;
  /** Nothing leaves, and nothing is stored, before it is opened. */
  open(): void;
  /** Sends what waits; resolves when it is sent or refused, rejects when it was forgotten or the outbox closed meanwhile. */
  flush(): Promise<void>;
  /** What waits, in bodies small enough for a beacon. It goes on waiting: the ids make it count once. */
  bodies(): string[];
  save(): void;
  /** Forgets what waits, everywhere, and shuts again. */
  forget(): void;
  readonly waiting: number;
  close(): void;
}

/** Whether the events themselves are at fault. A token that is not taken is renewed; what is transient passes. */
const isFinal = (error: unknown): error is TillcastFailure =>
  error instanceof TillcastFailure && error.status >= 400 && !isTransient(error.status) && ![401, 403].includes(error.status);

type Queue = ReturnType<typeof openOutboxQueue>;

/** Sends what waits, batch by batch, until nothing does; tries again for as long as it takes, or until the signal aborts. */
async function drain(
  wire: Wire,
  queue: Queue,
  { backoff, sleep, onRejected }: OutboxSettings,
  signal: AbortSignal,
): Promise<void> {
  let most = mostEvents;
  let failures = 0;

  function settle(batch: readonly Waiting[]): void {
    queue.settle(batch);
    queue.save();
    most = mostEvents;
    failures = 0;
  }

  async function send(batch: readonly Waiting[]): Promise<void> {
    const answer = await post<EventsAnswer>(wire, '/v1/events', bodyOf(batch), { signal });
    settle(batch);
    for (const { index, problem } of answer.errors) onRejected(batch[index]!.event, problem);
  }

  async function recover(error: unknown, batch: readonly Waiting[]): Promise<void> {
    signal.throwIfAborted();
    if (isFinal(error)) {
      if (error.status === 413 && batch.length > 1) {
        most = Math.ceil(batch.length / 2);
        return;
      }
      settle(batch);
      for (const { event } of batch) onRejected(event, error.problem);
      return;
    }
    queue.save();
    const retryAfterMs = error instanceof TillcastFailure ? error.retryAfterMs : 0;
    await sleep(retryDelayMs(failures++, backoff, retryAfterMs), signal);
  }

  while (queue.all().length > 0) {
    const batch = nextBatch(queue.all(), most);
    try {
      await send(batch);
    } catch (error) {
      await recover(error, batch);
    }
  }
}

/** Opens an outbox, shut at first; what a former page has left in `storage` waits in it. */
export function openOutbox(wire: Wire, settings: OutboxSettings): Outbox {
  const { flushAt, flushEveryMs } = settings;
  const queue = openOutboxQueue(settings.maxWaiting, settings.onDropped, settings.storage);
  let isOpen = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sending: Promise<void> | undefined;
  let stop = new AbortController();

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (sending !== undefined || !isOpen) return sending ?? Promise.resolve();
    const mine = drain(wire, queue, settings, stop.signal).finally(() => {
      if (sending === mine) sending = undefined;
    });
    sending = mine;
    return mine;
  }

  const flushQuietly = (): void => void flush().catch(() => {});

  function schedule(): void {
    const { length } = queue.all();
    if (!isOpen || length === 0) return;
    if (length >= flushAt) flushQuietly();
    else timer ??= setTimeout(flushQuietly, flushEveryMs);
  }

  function shut(): void {
    clearTimeout(timer);
    timer = undefined;
    isOpen = false;
    stop.abort(new TillcastFailure('the outbox was closed', { status: 0, code: 'NO_CONSENT' }));
    stop = new AbortController();
    sending = undefined;
  }

  const save = (): void => {
    if (isOpen) queue.save();
  };
  return {
    add(event) {
      queue.add(event);
      schedule();
    },
    open() {
      if (isOpen) return;
      isOpen = true;
      queue.load();
      schedule();
    },
    flush,
    bodies: () => (isOpen ? beaconBodies(queue.all()) : []),
    save,
    forget() {
      queue.forget();
      shut();
    },
    get waiting() {
      return queue.all().length;
    },
    close() {
      save();
      shut();
    },
  };
}
