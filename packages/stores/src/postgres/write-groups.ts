import type { PostgresFailure } from './failure.ts';

/** How calls are gathered. */
export interface GroupSettings {
  /** Items that make a group full; a call of more is a group of its own. */
  readonly maxItems: number;
  /** Groups written at a time. */
  readonly writers: number;
  /** Items that may wait; beyond them a call is refused at once, before it costs memory and patience. */
  readonly maxWaiting: number;
  /** What a call is told that is refused. */
  readonly overflow: () => PostgresFailure;
}

interface Call<Item, Result> {
  readonly items: readonly Item[];
  resolve(results: readonly Result[]): void;
  reject(error: unknown): void;
}

/**
 * Lets calls that come while a group is being written share the next one, and answers each with the results of its own items. Nobody waits for company:
 * the first call goes at once. When a write fails, those that wait fail with it: what stopped the one would stop the others, each after a wait of its own.
 */
export function openWriteGroups<Item, Result>(
  write: (items: readonly Item[]) => Promise<readonly Result[]>,
  { maxItems, writers, maxWaiting, overflow }: GroupSettings,
) {
  let waiting: Call<Item, Result>[] = [];
  let held = 0;
  let active = 0;
  let scheduled = false;
  const idle: (() => void)[] = [];

  function nextGroup(): Call<Item, Result>[] {
    const group: Call<Item, Result>[] = [];
    let size = 0;
    while (waiting.length > group.length && (size === 0 || size + waiting[group.length]!.items.length <= maxItems)) {
      const call = waiting[group.length]!;
      group.push(call);
      size += call.items.length;
    }
    waiting = waiting.slice(group.length);
    held -= size;
    return group;
  }

  async function writeGroup(group: readonly Call<Item, Result>[]): Promise<void> {
    try {
      const results = await write(group.flatMap(({ items }) => items));
      let start = 0;
      for (const { items, resolve } of group) {
        resolve(results.slice(start, start + items.length));
        start += items.length;
      }
    } catch (error) {
      const failed = [...group, ...waiting];
      waiting = [];
      held = 0;
      for (const { reject } of failed) reject(error);
    }
  }

  function pump(): void {
    scheduled = false;
    while (active < writers && waiting.length > 0) {
      active += 1;
      void writeGroup(nextGroup()).then(() => {
        active -= 1;
        pump();
      });
    }
    if (active === 0 && waiting.length === 0) for (const tell of idle.splice(0)) tell();
  }

  return {
    add(items: readonly Item[]): Promise<readonly Result[]> {
      if (items.length === 0) return Promise.resolve([]);
      if (held > 0 && held + items.length > maxWaiting) return Promise.reject(overflow());
      return new Promise((resolve, reject) => {
        waiting.push({ items, resolve, reject });
        held += items.length;
        // Calls made in one go share a group from the start.
        if (!scheduled) queueMicrotask(pump);
        scheduled = true;
      });
    },
    /** Resolves when nothing waits and nothing is being written. */
    drained: (): Promise<void> =>
      new Promise((resolve) => (active === 0 && waiting.length === 0 ? resolve() : idle.push(resolve))),
  };
}
