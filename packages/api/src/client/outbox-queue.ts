import type { EventInput } from '../events.ts';

/** Where events wait while there is no way out, such as `localStorage`. */
export interface OutboxStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** An event that waits, with its text. */
export interface Waiting {
  readonly event: EventInput;
  readonly text: string;
}

const storageKey = 'tillcast.outbox';
const wait = (event: EventInput): Waiting => ({ event, text: JSON.stringify(event) });

/** Events that wait, in their order, within a bound: the oldest leave first, and `onDropped` is told. */
export function openOutboxQueue(maxWaiting: number, onDropped: (count: number) => void, storage: OutboxStorage | undefined) {
  let queue: readonly Waiting[] = [];

  function keep(all: readonly Waiting[]): void {
    queue = all.slice(-maxWaiting);
    if (all.length > maxWaiting) onDropped(all.length - maxWaiting);
  }

  return {
    all: (): readonly Waiting[] => queue,
    add: (event: EventInput): void => keep([...queue, wait(event)]),
    /** They have a fate, and wait no longer. */
    settle(done: readonly Waiting[]): void {
      const settled = new Set(done);
      queue = queue.filter((one) => !settled.has(one));
    },
    /** Puts what a former page has left before the others. */
    load(): void {
      try {
        const found = JSON.parse(storage?.getItem(storageKey) ?? '[]') as EventInput[];
        const known = new Set(queue.map(({ event }) => event.event_id));
        keep([...found.filter(({ event_id }) => !known.has(event_id)).map(wait), ...queue]);
      } catch {
        storage?.removeItem(storageKey);
      }
    },
    save(): void {
      try {
        if (queue.length === 0) storage?.removeItem(storageKey);
        else storage?.setItem(storageKey, `[${queue.map(({ text }) => text).join(',')}]`);
      } catch {
        // The storage is full or forbidden: the events wait in memory alone.
      }
    },
    forget(): void {
      queue = [];
      storage?.removeItem(storageKey);
    },
  };
}
