/** Draws from a seeded sequence; equal seeds draw alike. */
export interface Random {
  /** In [0, 1). */
  uniform(): number;
  /** In 0 … bound − 1. */
  below(bound: number): number;
  pick<T>(items: readonly T[]): T;
}

/** A sequence from two seeds (mulberry32 over their mix). */
export function openRandom(seed: number, number: number): Random {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b)) | 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (bound: number): number => Math.floor(uniform() * bound);
  return { uniform, below, pick: (items) => items[below(items.length)]! };
}
