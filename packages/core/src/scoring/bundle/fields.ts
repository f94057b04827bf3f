import { refuse } from './files.ts';

/** An object of a bundle's JSON, read field by field; every reader names the file and the field it refuses. */
export class Fields {
  private readonly values: Readonly<Record<string, unknown>>;
  private readonly where: string;

  constructor(value: unknown, where: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(`${where} must be an object`);
    this.values = value as Readonly<Record<string, unknown>>;
    this.where = where;
  }

  /** Refuses a field that is not in the contract. */
  only(...names: string[]): this {
    for (const name of Object.keys(this.values))
      if (!names.includes(name)) refuse(`${this.where} has the unknown field "${name.slice(0, 80)}"`);
    return this;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.values, name);
  }

  keys(): readonly string[] {
    return Object.keys(this.values);
  }

  private value(name: string): unknown {
    return this.has(name) ? this.values[name] : refuse(`${this.where} lacks "${name}"`);
  }

  private say(name: string, must: string): never {
    const shown = JSON.stringify(this.values[name]) ?? 'undefined';
    return refuse(`${this.where}: "${name}" must be ${must}, not ${shown.slice(0, 80)}`);
  }

  text(name: string, pattern?: RegExp): string {
    const value = this.value(name);
    if (typeof value !== 'string' || value.length > 4_096 || (pattern && !pattern.test(value)))
      return this.say(name, pattern ? `text like ${pattern.source}` : 'text of at most 4,096 characters');
    return value;
  }

  choice<const T extends string | number>(name: string, choices: readonly T[]): T {
    const value = this.value(name);
    return choices.includes(value as T) ? (value as T) : this.say(name, `one of ${choices.join(', ')}`);
  }

  number(name: string, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY): number {
    const value = this.value(name);
    if (typeof value !== 'number' || !Number.isFinite(value) || value < min || value > max)
      return this.say(name, `a number in [${min}, ${max}]`);
    return value;
  }

  integer(name: string, min = 0, max = Number.MAX_SAFE_INTEGER): number {
    const value = this.number(name, min, max);
    return Number.isSafeInteger(value) ? value : this.say(name, 'a whole number');
  }

  object(name: string): Fields {
    return new Fields(this.value(name), `${this.where}: "${name}"`);
  }

  list(name: string, max: number): readonly unknown[] {
    const value = this.value(name);
    if (!Array.isArray(value) || value.length > max) return this.say(name, `a list of at most ${max}`);
    return value;
  }

  texts(name: string, max: number): readonly string[] {
    const values = this.list(name, max);
    if (values.some((value) => typeof value !== 'string' || value.length > 256)) this.say(name, 'a list of short texts');
    return values as string[];
  }

  numbers(name: string, max: number): readonly number[] {
    const values = this.list(name, max);
    if (values.some((value) => typeof value !== 'number' || !Number.isFinite(value))) this.say(name, 'a list of finite numbers');
    return values as number[];
  }

  objects(name: string, max: number): readonly Fields[] {
    return this.list(name, max).map((value, index) => new Fields(value, `${this.where}: "${name}[${index}]"`));
  }

  /** The object as it is, for fields that are kept but not believed (parameters, figures). */
  record(name: string): Readonly<Record<string, unknown>> {
    return this.object(name).values;
  }
}
