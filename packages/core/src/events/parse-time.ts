import { limits } from './limits.ts';
import { type Problems, show } from './problems.ts';

const rfc3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?([Zz]|([+-])(\d{2}):(\d{2}))$/;

/** Epoch milliseconds of an RFC 3339 instant (finer digits are cut; second 60 is the next minute's first), or undefined. */
export function parseInstant(text: string): number | undefined {
  const match = rfc3339.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, , sign, offsetHour, offsetMinute] = match;
  const dayMs = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const date = new Date(dayMs);
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  if (sign !== undefined && (Number(offsetHour) > 23 || Number(offsetMinute) > 59)) return undefined;
  const offsetMinutes = sign === undefined ? 0 : Number(`${sign}1`) * (Number(offsetHour) * 60 + Number(offsetMinute));
  const milliseconds = fraction === undefined ? 0 : Number(fraction.padEnd(3, '0').slice(0, 3));
  return dayMs + Number(hour) * 3_600_000 + (Number(minute) - offsetMinutes) * 60_000 + Number(second) * 1_000 + milliseconds;
}

/** When it happened and, where the sender's clock ran ahead and the time was clamped, what that clock said. */
export interface EventTime {
  readonly eventTimeMs: number;
  readonly claimedTimeMs?: number;
}

/** Reads `event_time`: RFC 3339 or whole epoch milliseconds, from 2000 to five minutes after the arrival. */
export function readEventTime(value: unknown, receivedAtMs: number, problems: Problems): EventTime | undefined {
  const pointer = '/event_time';
  if (value === undefined) return problems.add(pointer, 'is missing; send RFC 3339 (2026-11-20T18:04:05Z) or epoch milliseconds');
  const ms = typeof value === 'string' ? parseInstant(value) : Number.isSafeInteger(value) ? (value as number) : undefined;
  if (ms === undefined) {
    return problems.add(
      pointer,
      `must be RFC 3339 with a zone (2026-11-20T18:04:05Z) or whole epoch milliseconds, not ${show(value)}`,
    );
  }
  if (ms < limits.earliestMs)
    return problems.add(pointer, `lies before the year 2000 (${show(value)}); epoch times are in milliseconds`);
  if (ms > receivedAtMs + limits.clockAheadMs) {
    return problems.add(
      pointer,
      `lies more than ${limits.clockAheadMs / 60_000} minutes ahead of our clock (${show(value)}); correct the sender's clock`,
    );
  }
  return ms <= receivedAtMs ? { eventTimeMs: ms } : { eventTimeMs: receivedAtMs, claimedTimeMs: ms };
}
