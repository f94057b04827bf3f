import { TillcastError } from '../errors/tillcast-error.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
/** The longest duration taken: a hundred years. */
const MAX_MS = 36_500 * DAY_MS;

// ISO 8601-1:2019 §5.5.2 without years and months, whose length depends on the calendar.
const pattern = /^P(?:(\d{1,9})W|(?:(\d{1,9})D)?(?:T(?=\d)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,3})?)S)?)?)$/;

/** An ISO 8601 duration such as `PT24H`, `P14D` or `PT5M`, in milliseconds; more than zero. */
export function parseDuration(text: string): number {
  const parts = text === 'P' ? null : pattern.exec(text);
  if (parts === null) {
    throw new TillcastError(
      'OPTION_INVALID',
      `"${text}" is not a duration of weeks, days, hours, minutes or seconds; write it as ISO 8601, such as PT24H, P14D or PT5M`,
    );
  }
  const [weeks, days, hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const ms = Math.round(weeks * WEEK_MS + days * DAY_MS + hours * HOUR_MS + minutes * MINUTE_MS + seconds * SECOND_MS);
  if (ms <= 0 || ms > MAX_MS)
    throw new TillcastError('OPTION_INVALID', `the duration "${text}" must be more than zero and at most 36,500 days`);
  return ms;
}

/** Milliseconds as an ISO 8601 duration; days from two days on, so that the usual 24 hours stay `PT24H`. */
export function formatDuration(ms: number): string {
  if (ms % DAY_MS === 0 && ms >= 2 * DAY_MS) return `P${ms / DAY_MS}D`;
  const days = ms >= 2 * DAY_MS ? Math.floor(ms / DAY_MS) : 0;
  const rest = ms - days * DAY_MS;
  const hours = Math.floor(rest / HOUR_MS);
  const minutes = Math.floor((rest % HOUR_MS) / MINUTE_MS);
  const seconds = (rest % MINUTE_MS) / SECOND_MS;
  const time = `${hours > 0 ? `${hours}H` : ''}${minutes > 0 ? `${minutes}M` : ''}${seconds > 0 || rest === 0 ? `${seconds}S` : ''}`;
  return `P${days > 0 ? `${days}D` : ''}T${time}`;
}
