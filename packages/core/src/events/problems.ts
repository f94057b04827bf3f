import { limits } from './limits.ts';

/** What is wrong with one field: a JSON Pointer (RFC 6901) and a sentence that names the value and the remedy. */
export interface FieldProblem {
  readonly pointer: string;
  readonly problem: string;
}

/** Collects the problems of one input; every one is kept, up to `limits.problems`. */
export class Problems {
  readonly list: FieldProblem[] = [];

  add(pointer: string, problem: string): undefined {
    if (this.list.length < limits.problems) this.list.push({ pointer, problem });
    else
      this.list[limits.problems - 1] = { pointer: '', problem: `more than ${limits.problems} problems: the rest is not listed` };
    return undefined;
  }
}

/** A pointer one step deeper; `~` and `/` are escaped as RFC 6901 section 3 says. */
export const below = (pointer: string, key: string | number): string =>
  `${pointer}/${typeof key === 'number' ? key : shorten(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** A value as a message shows it: JSON, cut to what a person reads. */
export function show(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value === 'string') return JSON.stringify(shorten(value));
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}

const shorten = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}…` : text);
