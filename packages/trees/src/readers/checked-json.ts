import { ModelFileError } from '../errors.ts';

/** An object of a parsed file, its values not yet believed. */
export type Loose = Readonly<Record<string, unknown>>;

/** How a wrong value is shown: short, and without walking through one that may be deep or huge. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : String(value);
}

function refuse(name: string, value: unknown, wanted: string): never {
  const found = value === undefined ? 'is missing' : `is ${shown(value)}`;
  throw new ModelFileError(`"${name}" ${found}; ${wanted} is expected, save the model again`);
}

/** The value as an object, not an array. */
export function asObject(value: unknown, name: string): Loose {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(name, value, 'an object');
  return value as Loose;
}

/** The value as an array. */
export function asArray(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) refuse(name, value, 'an array');
  return value;
}

/** The value as a finite number. */
export function asNumber(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) refuse(name, value, 'a finite number');
  return value;
}

/** The value as the float32 nearest to it; a number beyond float32 is refused. */
export function asFloat32(value: unknown, name: string): number {
  const single = Math.fround(asNumber(value, name));
  if (!Number.isFinite(single)) refuse(name, value, 'a number within float32');
  return single;
}

/** The value as a whole number ≥ 0, written as a number or, as XGBoost does, as text. */
export function asCount(value: unknown, name: string): number {
  const count = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 0) refuse(name, value, 'a whole number');
  return count;
}

/** The value as a whole number of either sign. */
export function asInteger(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) refuse(name, value, 'a whole number');
  return value;
}

/** The value as a text. */
export function asText(value: unknown, name: string): string {
  if (typeof value !== 'string') refuse(name, value, 'a text');
  return value;
}

/** A category as text: as it is written, or as the number or truth value it is. */
export function asLabel(value: unknown, name: string): string {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
    refuse(name, value, 'a text or a number');
  return String(value);
}

/** The value as an array of texts. */
export function asTexts(value: unknown, name: string): readonly string[] {
  return asArray(value, name).map((item, index) => asText(item, `${name}[${index}]`));
}

/** The value as an array of finite numbers, of a given length where one is given. */
export function asNumbers(value: unknown, name: string, length?: number): readonly number[] {
  const items = asArray(value, name);
  if (length !== undefined && items.length !== length) {
    throw new ModelFileError(`"${name}" has ${items.length} entries, ${length} are expected; save the model again`);
  }
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    if (typeof item !== 'number' || !Number.isFinite(item)) refuse(`${name}[${index}]`, item, 'a finite number');
  }
  return items as readonly number[];
}
