/** Maps a value onto a length; outside of the range it stays at its end. An end that is unbounded is the end of the range. */
export type Scale = (value: number | null) => number;

/** Both ends of a range. */
export type Range = readonly [from: number, to: number];

/** A straight scale from a range of values onto a range of lengths. */
export function linear([from, to]: Range, [start, end]: Range): Scale {
  const span = to - from || 1;
  return (value) => start + ((Math.min(to, Math.max(from, value ?? from)) - from) / span) * (end - start);
}

/** The smallest range that holds all values that are finite, and those of `also`; a range of one value is widened. */
export function rangeOf(values: Iterable<number | null>, also: readonly number[] = []): Range {
  const known = [...values, ...also].filter((value): value is number => value !== null && Number.isFinite(value));
  if (known.length === 0) return [0, 1];
  const [from, to] = [Math.min(...known), Math.max(...known)];
  if (from < to) return [from, to];
  return [from - Math.max(0.01, Math.abs(from) / 2), to + Math.max(0.01, Math.abs(to) / 2)];
}

/** Round values within a range, about `wanted` of them: steps of 1, 2 or 5 times a power of ten. */
export function ticks([from, to]: Range, wanted: number): number[] {
  const raw = (to - from) / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((times) => times * power >= raw) ?? 10);
  const found: number[] = [];
  for (let n = Math.ceil(from / step); n * step <= to + step * 1e-9; n++) found.push(n * step + 0);
  return found;
}
