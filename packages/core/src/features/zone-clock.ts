import { TillcastError } from '../errors/tillcast-error.ts';

/** What a calendar on the shop's wall shows at an instant. */
export interface LocalTime {
  readonly hour: number;
  /** 0 = Monday. */
  readonly dayOfWeek: number;
  readonly isWeekend: boolean;
}

// Offsets change on whole quarter hours of UTC (Lord Howe moves by 30 minutes, Nepal lies at +05:45).
const QUARTER_MS = 900_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
// 1970-01-01 was a Thursday: three days after Monday.
const EPOCH_DAY_OF_WEEK = 3;

/** Reads hour and weekday in a time zone; `Intl` is asked once a quarter hour of history, because it costs microseconds. */
export function openZoneClock(timeZone: string): (epochMs: number) => LocalTime {
  if (timeZone === 'UTC' || timeZone === 'Etc/UTC') return localTime;
  const offsetAt = zoneOffsets(timeZone);
  const cache = new Map<number, number>();
  let lastQuarter = Number.NaN;
  let lastOffset = 0;
  return (epochMs) => {
    const quarter = Math.floor(epochMs / QUARTER_MS);
    if (quarter !== lastQuarter) {
      lastOffset = cache.get(quarter) ?? offsetAt(quarter * QUARTER_MS);
      cache.set(quarter, lastOffset);
      lastQuarter = quarter;
    }
    return localTime(epochMs + lastOffset);
  };
}

function localTime(shiftedMs: number): LocalTime {
  const days = Math.floor(shiftedMs / DAY_MS);
  const hour = Math.floor((shiftedMs - days * DAY_MS) / HOUR_MS);
  const dayOfWeek = (((days + EPOCH_DAY_OF_WEEK) % 7) + 7) % 7;
  return { hour, dayOfWeek, isWeekend: dayOfWeek >= 5 };
}

function zoneOffsets(timeZone: string): (epochMs: number) => number {
  const format = openFormat(timeZone);
  return (epochMs) => {
    const parts = new Map(format.formatToParts(epochMs).map(({ type, value }) => [type, Number(value)]));
    const [year, month, day, hour, minute] = (['year', 'month', 'day', 'hour', 'minute'] as const).map(
      (type) => parts.get(type)!,
    );
    return Date.UTC(year!, month! - 1, day, hour, minute) - epochMs;
  };
}

function openFormat(timeZone: string): Intl.DateTimeFormat {
  const fields = {
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  } as const;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, calendar: 'gregory', hourCycle: 'h23', ...fields });
  } catch {
    throw new TillcastError(
      'OPTION_INVALID',
      `the time zone "${timeZone}" is not known; give an IANA name such as "Europe/Berlin"`,
    );
  }
}
