/** The answers asked for last, by row: the least recently asked go first. */
export interface RecentAnswers<T> {
  find(row: Float32Array): T | undefined;
  keep(row: Float32Array, answer: T): void;
}

/** Opens a memory of at most `most` rows; equal bits are equal rows. */
export function openRecentAnswers<T>(most: number): RecentAnswers<T> {
  const answers = new Map<string, T>();
  const keyOf = (row: Float32Array): string => Buffer.from(row.buffer, row.byteOffset, row.byteLength).toString('latin1');
  return {
    find(row) {
      const key = keyOf(row);
      const answer = answers.get(key);
      if (answer === undefined) return undefined;
      // A Map remembers the order of insertion, so this makes it the latest.
      answers.delete(key);
      answers.set(key, answer);
      return answer;
    },
    keep(row, answer) {
      answers.set(keyOf(row), answer);
      if (answers.size <= most) return;
      const oldest = answers.keys().next();
      if (!oldest.done) answers.delete(oldest.value);
    },
  };
}
