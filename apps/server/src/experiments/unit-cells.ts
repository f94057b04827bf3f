import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { parseInstant } from '@tillcast/core/events/parse-time';
import { parseCell } from '../trees/csv-number.ts';

/** Names a row in messages. */
export type PlaceOf = () => string;

/** A refusal that names the row. */
export const invalid = (place: string, detail: string) => new TillcastError('INPUT_INVALID', `${place}: ${detail}`);

/** A text that must not be empty. */
export function textOf(value: unknown, name: string, place: PlaceOf): string {
  const text = typeof value === 'string' ? value.trim() : value === undefined || value === null ? '' : String(value);
  if (text === '') throw invalid(place(), `${name} is empty; every unit needs one`);
  return text;
}

/** A finite number; NaN = empty. */
export function numberOf(value: unknown, name: string, place: PlaceOf): number {
  if (value === undefined || value === null) return Number.NaN;
  if (typeof value === 'boolean') return Number(value);
  const text = String(value);
  const number = /^(?:true|false)$/i.test(text) ? Number(text.toLowerCase() === 'true') : parseCell(text);
  if (number === undefined || Math.abs(number) === Number.POSITIVE_INFINITY)
    throw invalid(place(), `${name} is ${JSON.stringify(text.slice(0, 60))}; it must be a finite number`);
  return number;
}

/** RFC 3339; a day, or a time without a zone, is UTC; whole numbers are epoch milliseconds. */
export function instantOf(value: unknown, place: PlaceOf): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  const text = String(value ?? '').trim();
  const zoned = text.replace(/([+-]\d{2})$/, '$1:00');
  const ms = parseInstant(text) ?? parseInstant(zoned) ?? parseInstant(`${text}Z`) ?? parseInstant(`${text}T00:00:00Z`);
  if (ms === undefined && /^\d{12,14}$/.test(text)) return Number(text);
  if (ms === undefined)
    throw invalid(place(), `exposed_at is ${JSON.stringify(text.slice(0, 60))}; give an instant such as 2026-11-20T18:04:05Z`);
  return ms;
}
