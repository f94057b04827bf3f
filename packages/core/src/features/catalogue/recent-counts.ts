/**
 * How often each of the keys met last was met: mark, key and count by turns, the newest key last; the oldest leaves when there are more than the
 * limit. Null until the first. A list, not a Map: most hold a few keys, the newest is asked for most, and there are several for each shopper.
 * The mark is a number made of the key: where marks differ keys do, and comparing numbers needs no look at the texts, which lie elsewhere.
 */
export type RecentCounts = (string | number)[] | null;

const WIDTH = 3;
const KEY = 1;
const COUNT = 2;

/** Counts a key once more and makes it the newest. */
export function countRecent(counts: RecentCounts, key: string, limit: number): (string | number)[] {
  const mark = markOf(key);
  if (counts === null) return [mark, key, 1];
  const last = counts.length - WIDTH;
  const at = find(counts, mark, key);
  if (at === last) {
    (counts[at + COUNT] as number)++;
    return counts;
  }
  if (at < 0) {
    if (counts.length >= WIDTH * limit) removeAt(counts, 0);
    // Of exact length while short, because an array that grows takes room for more than most will ever hold.
    if (counts.length === WIDTH) return [counts[0]!, counts[1]!, counts[2]!, mark, key, 1];
    counts.push(mark, key, 1);
    return counts;
  }
  const kept = counts[at + KEY]!;
  const before = counts[at + COUNT] as number;
  removeAt(counts, at);
  counts.push(mark, kept, before + 1);
  return counts;
}

/** The counts of both, the keys of `later` being met after those of `earlier`. */
export function joinRecent(earlier: RecentCounts, later: RecentCounts, limit: number): RecentCounts {
  if (earlier === null || later === null) return earlier ?? later;
  let joined = earlier;
  for (let at = 0; at < later.length; at += WIDTH) {
    joined = countRecent(joined, later[at + KEY] as string, limit);
    (joined[joined.length - WIDTH + COUNT] as number) += (later[at + COUNT] as number) - 1;
  }
  return joined;
}

/** How many different keys are remembered. */
export const recentSize = (counts: RecentCounts): number => (counts === null ? 0 : counts.length / WIDTH);

/** How often a key was met, as far as remembered. */
export function recentCount(counts: RecentCounts, key: string): number {
  if (counts === null) return 0;
  const at = find(counts, markOf(key), key);
  return at < 0 ? 0 : (counts[at + COUNT] as number);
}

/** The share of one key among all remembered; NaN where nothing is. */
export function recentShare(counts: RecentCounts, key: string): number {
  if (counts === null) return Number.NaN;
  let sum = 0;
  for (let at = COUNT; at < counts.length; at += WIDTH) sum += counts[at] as number;
  return recentCount(counts, key) / sum;
}

function find(counts: readonly (string | number)[], mark: number, key: string): number {
  let at = counts.length - WIDTH;
  while (at >= 0 && (counts[at] !== mark || counts[at + KEY] !== key)) at -= WIDTH;
  return at;
}

/** Length and last four characters, where ids differ most; 30 bits, so that it is a small integer. */
function markOf(key: string): number {
  const { length } = key;
  let mark = length;
  for (let at = length < 4 ? 0 : length - 4; at < length; at++) mark = (Math.imul(mark, 37) + key.charCodeAt(at)) & 0x3fff_ffff;
  return mark;
}

/** In place: `splice` would make an array of what it removes. */
function removeAt(counts: (string | number)[], from: number): void {
  for (let at = from + WIDTH; at < counts.length; at++) counts[at - WIDTH] = counts[at]!;
  counts.length -= WIDTH;
}
