/** How often each of the keys met last was met; the oldest key leaves first when there are more than the limit. Null until the first. */
export type RecentCounts = Map<string, number> | null;

/** Counts a key once more and makes it the newest. */
export function countRecent(counts: RecentCounts, key: string, limit: number): Map<string, number> {
  counts ??= new Map();
  const before = counts.get(key);
  if (before === undefined) {
    if (counts.size >= limit) counts.delete(counts.keys().next().value!);
  } else {
    counts.delete(key);
  }
  return counts.set(key, (before ?? 0) + 1);
}

/** How often a key was met, as far as remembered. */
export const recentCount = (counts: RecentCounts, key: string): number => counts?.get(key) ?? 0;

/** The share of one key among all remembered; NaN where nothing is. */
export function recentShare(counts: RecentCounts, key: string): number {
  if (counts === null) return Number.NaN;
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return recentCount(counts, key) / sum;
}
