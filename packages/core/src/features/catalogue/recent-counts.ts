/**
 * How often each of the keys met last was met: key and count by turns, the newest key last; the oldest leaves when there are more than the limit.
 * Null until the first. A list, not a Map: most hold a few keys, the newest is asked for most, and there are several for each shopper.
 */
export type RecentCounts = (string | number)[] | null;

/** Counts a key once more and makes it the newest. */
export function countRecent(counts: RecentCounts, key: string, limit: number): (string | number)[] {
  if (counts === null) return [key, 1];
  const last = counts.length - 2;
  const at = find(counts, key);
  if (at === last) {
    (counts[at + 1] as number)++;
    return counts;
  }
  const before = at < 0 ? 0 : (counts[at + 1] as number);
  if (at >= 0) counts.splice(at, 2);
  else if (counts.length >= 2 * limit) counts.splice(0, 2);
  counts.push(key, before + 1);
  return counts;
}

/** How many different keys are remembered. */
export const recentSize = (counts: RecentCounts): number => (counts === null ? 0 : counts.length / 2);

/** How often a key was met, as far as remembered. */
export function recentCount(counts: RecentCounts, key: string): number {
  if (counts === null) return 0;
  const at = find(counts, key);
  return at < 0 ? 0 : (counts[at + 1] as number);
}

/** The share of one key among all remembered; NaN where nothing is. */
export function recentShare(counts: RecentCounts, key: string): number {
  if (counts === null) return Number.NaN;
  let sum = 0;
  for (let at = 1; at < counts.length; at += 2) sum += counts[at] as number;
  return recentCount(counts, key) / sum;
}

function find(counts: readonly (string | number)[], key: string): number {
  let at = counts.length - 2;
  while (at >= 0 && counts[at] !== key) at -= 2;
  return at;
}
