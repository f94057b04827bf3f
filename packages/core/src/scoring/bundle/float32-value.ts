import { refuse } from './files.ts';

/** A float32 as JSON can hold it: a number, null where it is missing, an infinity by name. */
export type Float32Json = number | null | 'Infinity' | '-Infinity';

/** Reads one; anything else is refused, `where` naming the place. */
export function parseFloat32(value: unknown, where: string): number {
  if (value === null) return Number.NaN;
  if (value === 'Infinity') return Number.POSITIVE_INFINITY;
  if (value === '-Infinity') return Number.NEGATIVE_INFINITY;
  if (typeof value === 'number' && Object.is(Math.fround(value), value)) return value;
  return refuse(`${where} holds ${JSON.stringify(value).slice(0, 80)}, which is not a float32 number, null or an infinity`);
}

/** Writes one. */
export function float32Json(value: number): Float32Json {
  if (Number.isNaN(value)) return null;
  if (Number.isFinite(value)) return value;
  return value > 0 ? 'Infinity' : '-Infinity';
}
