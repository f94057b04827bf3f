import { limits } from './limits.ts';
import { below, type Problems, show } from './problems.ts';

/** An untrusted object; only own properties are ever read. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether a value is an object as JSON knows it. */
export function isFields(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Refuses by name every field that is not known. */
export function refuseUnknown(fields: Fields, known: ReadonlySet<string>, pointer: string, problems: Problems): void {
  for (const name of Object.keys(fields)) {
    if (!known.has(name)) problems.add(below(pointer, name), `unknown field ${show(name)}; known: ${[...known].join(', ')}`);
  }
}

const controlCharacter = /\p{Cc}/u;

/** What is wrong with a text, or undefined: control characters and lone surrogates are refused everywhere. */
export function textProblem(value: unknown, maxLength: number): string | undefined {
  if (typeof value !== 'string') return `must be text, not ${show(value)}`;
  if (value.length > maxLength) return `is ${value.length} characters long; at most ${maxLength}`;
  if (!value.isWellFormed()) return 'holds half of a surrogate pair; send valid Unicode';
  if (controlCharacter.test(value)) return `holds a control character (${show(value)}); remove it`;
  return undefined;
}

/** An identifier, or undefined where the field is absent or wrong. */
export function readId(fields: Fields, name: string, pointer: string, problems: Problems): string | undefined {
  const value = own(fields, name);
  if (value === undefined) return undefined;
  const problem = value === '' ? 'must not be empty; leave it out when unknown' : textProblem(value, limits.idLength);
  return problem === undefined ? (value as string) : problems.add(below(pointer, name), problem);
}

/** A text where `''` means unknown. */
export function readName(fields: Fields, name: string, pointer: string, problems: Problems): string | undefined {
  const value = own(fields, name);
  if (value === undefined || value === '') return undefined;
  const problem = textProblem(value, limits.textLength);
  return problem === undefined ? (value as string) : problems.add(below(pointer, name), problem);
}

/** A finite amount ≥ 0; −0 becomes 0, so that equal amounts have equal bits. */
export function readAmount(fields: Fields, name: string, pointer: string, problems: Problems): number | undefined {
  const value = own(fields, name);
  if (value === undefined) return undefined;
  if (typeof value === 'number' && value >= 0 && value <= limits.amount) return value + 0;
  return problems.add(
    below(pointer, name),
    `must be a number from 0 to ${limits.amount}, not ${show(value)}; leave it out when unknown`,
  );
}

/** `true` or `false`. */
export function readFlag(fields: Fields, name: string, pointer: string, problems: Problems): boolean | undefined {
  const value = own(fields, name);
  if (value === undefined || typeof value === 'boolean') return value;
  return problems.add(below(pointer, name), `must be true or false, not ${show(value)}`);
}

/** An own property: what a prototype holds is never taken for input. */
export const own = (fields: Fields, name: string): unknown => (Object.hasOwn(fields, name) ? fields[name] : undefined);
