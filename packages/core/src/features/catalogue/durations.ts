/** Milliseconds in a minute. */
export const MINUTE_MS = 60_000;
/** Milliseconds in an hour. */
export const HOUR_MS = 3_600_000;
/** Milliseconds in a day of 24 hours. */
export const DAY_MS = 86_400_000;

/** The later of two moments, either of which may be NaN: not yet. */
export const latest = (a: number, b: number): number => (Number.isNaN(a) || b > a ? b : a);
