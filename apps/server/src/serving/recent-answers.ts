/** The answers asked for last, by whom they were asked for and row: the least recently asked go first. */
export interface RecentAnswers<T> {
  find(row: Float32Array, owner?: string): T | undefined;
  keep(row: Float32Array, answer: T, owner?: string): void;
  /** Forgets everything. */
  clear(): void;
  /** Bytes of what is kept, as `bytesOf` says. */
  readonly bytes: number;
}

/** What bounds a memory besides its number of rows. */
export interface RecentAnswersSettings<T> {
  /** Default: no bound. */
  readonly maxBytes?: number;
  /** What an answer takes, bytes; its key is counted besides. */
  readonly bytesOf?: (answer: T) => number;
  /** How long an answer is kept; default: for ever. */
  readonly ttlMs?: number;
  readonly now?: () => number;
}

interface Kept<T> {
  readonly answer: T;
  readonly bytes: number;
  readonly untilMs: number;
}

/** Opens a memory of at most `most` rows; equal bits are equal rows, and what one owner asked for another never finds. */
export function openRecentAnswers<T>(most: number, settings: RecentAnswersSettings<T> = {}): RecentAnswers<T> {
  const { maxBytes = Infinity, bytesOf = () => 0, ttlMs = Infinity, now = performance.now.bind(performance) } = settings;
  const answers = new Map<string, Kept<T>>();
  let held = 0;
  const keyOf = (row: Float32Array, owner: string): string =>
    `${owner}\n${Buffer.from(row.buffer, row.byteOffset, row.byteLength).toString('latin1')}`;

  function drop(key: string): void {
    held -= answers.get(key)?.bytes ?? 0;
    answers.delete(key);
  }

  return {
    find(row, owner = '') {
      const key = keyOf(row, owner);
      const kept = answers.get(key);
      if (kept === undefined) return undefined;
      if (kept.untilMs <= now()) {
        drop(key);
        return undefined;
      }
      // A Map remembers the order of insertion, so this makes it the latest.
      answers.delete(key);
      answers.set(key, kept);
      return kept.answer;
    },
    keep(row, answer, owner = '') {
      const key = keyOf(row, owner);
      drop(key);
      const bytes = bytesOf(answer) + key.length;
      answers.set(key, { answer, bytes, untilMs: now() + ttlMs });
      held += bytes;
      while (answers.size > most || held > maxBytes) drop(answers.keys().next().value!);
    },
    clear() {
      answers.clear();
      held = 0;
    },
    get bytes() {
      return held;
    },
  };
}
