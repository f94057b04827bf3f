import { exponential } from './distributions.ts';
import type { Random } from './random.ts';
import type { FullSettings } from './settings.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Visits by hour of the day, relative: a quiet night, a lunch hump, an evening peak. */
const hours = [5, 3, 2, 2, 2, 3, 6, 10, 14, 16, 17, 18, 19, 18, 17, 17, 18, 20, 24, 27, 28, 25, 18, 10];
/** Visits by weekday from Monday, relative. */
const weekdays = [1, 0.97, 0.97, 0.98, 1.02, 1.14, 1.16];
const SALE_TRAFFIC = 1.25;
const SALE_DAYS = 3;
const SALE_OFFSET = 9;

const hourMean = hours.reduce((sum, hour) => sum + hour, 0) / 24;
const weekMean = weekdays.reduce((sum, day) => sum + day, 0) / 7;
/** The highest intensity there is, in the unit of `intensity`. */
const PEAK = (Math.max(...hours) / hourMean) * (Math.max(...weekdays) / weekMean) * SALE_TRAFFIC;

/** Hour of the day, 0–23, UTC. */
export const hourOf = (timeMs: number): number => Math.floor(timeMs / HOUR_MS) % 24;

/** Day of the week, 0 = Monday; the epoch began on a Thursday. */
export const weekdayOf = (timeMs: number): number => (Math.floor(timeMs / DAY_MS) + 3) % 7;

/** Days since the shop's start, from 0. */
export const dayOf = ({ startMs }: FullSettings, timeMs: number): number => Math.floor((timeMs - startMs) / DAY_MS);

/** The number of the sale that a day falls into, or undefined. The first one begins on day 9; each lasts three days. */
export function saleOn({ saleEveryDays }: FullSettings, day: number): number | undefined {
  if (day < SALE_OFFSET) return undefined;
  if (!Number.isFinite(saleEveryDays)) return undefined;
  const number = Math.floor((day - SALE_OFFSET) / saleEveryDays);
  return day - SALE_OFFSET - number * saleEveryDays < SALE_DAYS ? number : undefined;
}

/** How busy the shop is at a time, 1 = the mean outside sales; `shiftHours` moves a shopper's day. */
function intensity(settings: FullSettings, timeMs: number, shiftHours: number): number {
  const hour = hours[hourOf(timeMs + shiftHours * HOUR_MS)]! / hourMean;
  const weekday = weekdays[weekdayOf(timeMs)]! / weekMean;
  return hour * weekday * (saleOn(settings, dayOf(settings, timeMs)) === undefined ? 1 : SALE_TRAFFIC);
}

/** The next visit after a time: a Poisson process with the shop's rhythm, by thinning (Lewis and Shedler, 1979). */
export function nextVisitMs(
  settings: FullSettings,
  random: Random,
  afterMs: number,
  visitsPerDay: number,
  shiftHours: number,
): number {
  if (visitsPerDay <= 0) return Number.POSITIVE_INFINITY;
  const meanGapMs = DAY_MS / (visitsPerDay * PEAK);
  let atMs = afterMs;
  do atMs += exponential(random) * meanGapMs;
  while (random.uniform() * PEAK > intensity(settings, atMs, shiftHours));
  return Math.round(atMs);
}
