import { TillcastError } from '@tillcast/core/errors/tillcast-error';

/** When a group is committed: after `windowMs`, or as soon as it holds `maxItems`. */
export interface GroupSettings {
  readonly windowMs: number;
  readonly maxItems: number;
}

interface Waiting<Item, Result> {
  readonly items: readonly Item[];
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/**
 * Lets calls that come close together share one commit, and answers each only after it.
 * When the disk failed (SQLITE_IOERR and kin), what the file holds is unknown and the kernel may have dropped dirty pages ("fsyncgate"):
 * a later commit that succeeds proves nothing, so from then on everything is refused until the process starts anew.
 */
export function groupCommit<Item, Result>(
  commit: (groups: readonly (readonly Item[])[]) => Result[],
  { windowMs, maxItems }: GroupSettings,
) {
  let waiting: Waiting<Item, Result>[] = [];
  let held = 0;
  let timer: NodeJS.Timeout | undefined;
  let broken: TillcastError | undefined;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const group = waiting;
    waiting = [];
    held = 0;
    if (group.length === 0) return;
    try {
      if (broken !== undefined) throw broken;
      const results = commit(group.map(({ items }) => items));
      group.forEach(({ resolve }, i) => void resolve(results[i]!));
    } catch (error) {
      const refusal = error instanceof TillcastError ? error : unavailable(error);
      if (isDiskFailure(error)) broken ??= refusal;
      for (const { reject } of group) reject(refusal);
    }
  };

  return {
    add(items: readonly Item[]): Promise<Result> {
      if (broken !== undefined) return Promise.reject(broken);
      return new Promise<Result>((resolve, reject) => {
        waiting.push({ items, resolve, reject });
        held += items.length;
        if (held >= maxItems) flush();
        else timer ??= setTimeout(flush, windowMs);
      });
    },
    flush,
    /** Why nothing is taken any more; undefined: it is. */
    failure: (): TillcastError | undefined => broken,
  };
}

const unavailable = (cause: unknown): TillcastError =>
  new TillcastError(
    'STORE_UNAVAILABLE',
    `the event store did not take the events: ${cause instanceof Error ? cause.message : String(cause)}`,
    { cause },
  );

// SHMSIZE is a full disk: the index of the write-ahead log, which is made anew at each start, finds no room to grow.
const isDiskFailure = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  /^SQLITE_(IOERR(?!_SHMSIZE)|CORRUPT|NOTADB)/.test(String(error.code));
