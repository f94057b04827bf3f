import { bytesInWords, type Finding, finding } from './finding.ts';
import type { MeasuredStates } from './measure-states.ts';

/** What a Redis will need, in bytes. */
export interface Forecast {
  readonly shoppers: number;
  readonly shopperBytes: number;
  readonly shared: number;
  readonly sharedBytes: number;
  readonly totalBytes: number;
  readonly advisedBytes: number;
}

/** What is expected; what is left out is taken from what was measured. */
export interface Expected {
  readonly eventsPerDay?: number | undefined;
  readonly shoppersPerDay?: number | undefined;
  readonly items?: number | undefined;
  readonly daysKept: number;
}

/** States as 200,000 events of the synthetic shop left them (`tillcast simulate --shoppers 10000 --days 28 --seed 1`), for who has no events yet. */
export const synthetic: MeasuredStates = {
  ...{ events: 200_000, days: 12.69, shoppers: 8_716, shared: 22_071 },
  ...{ shopperBytes: 729, sharedBytes: 68 },
};

/** How many states there will be, as if no shopper of one day came back on another: it is an upper bound. */
export function expectedStates(measured: MeasuredStates, { eventsPerDay, shoppersPerDay, items, daysKept }: Expected) {
  const eventsEach = measured.events / measured.shoppers;
  const perDay = shoppersPerDay ?? (eventsPerDay === undefined ? measured.shoppers / measured.days : eventsPerDay / eventsEach);
  return {
    shopper: { count: Math.ceil(perDay * daysKept), bytes: measured.shopperBytes },
    shared: { count: items ?? measured.shared, bytes: measured.sharedBytes },
  };
}

/** The forecast as a finding, held against what Redis may use (0 = unbounded, undefined = there is no Redis). */
export function checkForecast(forecast: Forecast, daysKept: number, maxMemory: number | undefined): Finding {
  const { shoppers, shared, shopperBytes, sharedBytes, totalBytes, advisedBytes } = forecast;
  const detail = [
    `${bytesInWords(totalBytes)} for at most ${shoppers.toLocaleString('en')} shoppers in ${daysKept} days (${bytesInWords(shopperBytes)})`,
    `and ${shared.toLocaleString('en')} items, brands and categories (${bytesInWords(sharedBytes)}); advised maxmemory: ${bytesInWords(advisedBytes)}`,
  ].join(' ');
  const isShort = maxMemory !== undefined && maxMemory > 0 && maxMemory < totalBytes;
  return finding(
    'redis forecast',
    detail,
    isShort ? { status: 'warn', remedy: `maxmemory is ${bytesInWords(maxMemory)}: it will not do` } : undefined,
  );
}
