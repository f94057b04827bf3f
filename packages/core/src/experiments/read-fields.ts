import type { FieldProblem } from '../events/problems.ts';
import { below, Problems, show } from '../events/problems.ts';
import { type Fields, isFields, own, textProblem } from '../events/read-field.ts';

/** Longest id, salt or name; every unit and salt fits an index and one line of a log. */
const nameLength = 128;
/** Ids and names are parts of addresses, labels and files. */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._:-]*$/;

/** Reads an untrusted object field by field and collects what is wrong; a reader answers undefined where the field is absent or refused. */
export class FieldReader {
  readonly fields: Fields;
  readonly pointer: string;
  private readonly problems: Problems;

  constructor(value: unknown, pointer: string, problems: Problems) {
    this.pointer = pointer;
    this.problems = problems;
    if (!isFields(value)) problems.add(pointer, `must be a mapping, not ${show(value)}`);
    this.fields = isFields(value) ? value : {};
  }

  refuse(name: string, problem: string): undefined {
    return this.problems.add(below(this.pointer, name), problem);
  }

  /** Refuses by name every field that is not known. */
  only(...names: readonly string[]): this {
    for (const name of Object.keys(this.fields))
      if (!names.includes(name)) this.refuse(name, `is no field of this; those are ${names.join(', ')}`);
    return this;
  }

  has(name: string): boolean {
    return own(this.fields, name) !== undefined;
  }

  raw(name: string): unknown {
    return own(this.fields, name);
  }

  /** A name: letters, digits, `.`, `_`, `:`, `-`. */
  name(name: string): string | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (typeof value === 'string' && value.length <= nameLength && namePattern.test(value)) return value;
    return this.refuse(
      name,
      `must be a name of at most ${nameLength} letters, digits, dots, dashes, colons or underscores, not ${show(value)}`,
    );
  }

  text(name: string, maxLength = 1_024): string | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    const problem = textProblem(value, maxLength);
    return problem === undefined ? (value as string) : this.refuse(name, problem);
  }

  number(name: string, low: number, high: number, remedy = ''): number | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && value >= low && value <= high) return value;
    return this.refuse(name, `must be a number from ${low} to ${high}, not ${show(value)}${remedy}`);
  }

  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if ((choices as readonly unknown[]).includes(value)) return value as T;
    return this.refuse(name, `must be one of ${choices.join(', ')}, not ${show(value)}`);
  }

  instant(name: string): number | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    const ms = typeof value === 'string' && /T.*(Z|[+-]\d{2}:\d{2})$/.test(value) ? Date.parse(value) : Number.NaN;
    return Number.isNaN(ms)
      ? this.refuse(name, `must be a moment with its zone, such as 2026-11-20T18:00:00Z, not ${show(value)}`)
      : ms;
  }

  list(name: string, maxLength: number): readonly unknown[] | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) return this.refuse(name, `must be a list, not ${show(value)}`);
    return value.length <= maxLength ? value : this.refuse(name, `holds ${value.length} entries; at most ${maxLength}`);
  }

  /** A reader of an object inside this one; undefined where it is absent. */
  object(name: string): FieldReader | undefined {
    return this.has(name) ? new FieldReader(this.raw(name), below(this.pointer, name), this.problems) : undefined;
  }

  /** A reader of each entry of a list of objects. */
  objects(name: string, maxLength: number): readonly FieldReader[] {
    return (this.list(name, maxLength) ?? []).map((_, index) => this.entry(name, index));
  }

  /** A reader of one entry of a list. */
  entry(name: string, index: number): FieldReader {
    const list = this.raw(name) as readonly unknown[];
    return new FieldReader(list[index], below(below(this.pointer, name), index), this.problems);
  }
}

/** What is wrong with an experiment, as a sentence. */
export const sayProblems = (problems: readonly FieldProblem[]): string =>
  problems.map(({ pointer, problem }) => `${pointer || 'the experiment'}: ${problem}`).join('; ');

/** A collector of problems. */
export const openProblems = (): Problems => new Problems();
