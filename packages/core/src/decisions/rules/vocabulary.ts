import type { FactType } from './expression.ts';

/** One fact a condition can ask for. */
export interface FactMeaning {
  readonly type: FactType;
  /** What it is, in what unit and range. */
  readonly meaning: string;
}

/** Facts that go by `family.name`. */
export interface FactFamily extends FactMeaning {
  /** The names there are; undefined = any is believed. */
  readonly names?: ReadonlySet<string> | undefined;
}

/** Everything a kind of rule can ask for. */
export interface Vocabulary {
  readonly facts: Readonly<Record<string, FactMeaning>>;
  readonly families: Readonly<Record<string, FactFamily>>;
}

/** The type of a fact, or undefined where there is no such fact. */
export function factType({ facts, families }: Vocabulary, name: string): FactType | undefined {
  if (Object.hasOwn(facts, name)) return facts[name]!.type;
  const dot = name.indexOf('.');
  const family = dot > 0 && Object.hasOwn(families, name.slice(0, dot)) ? families[name.slice(0, dot)] : undefined;
  return family !== undefined && (family.names?.has(name.slice(dot + 1)) ?? true) ? family.type : undefined;
}

const typeNames: Readonly<Record<FactType, string>> = { number: 'number', text: 'string', truth: 'boolean' };

/** Whether a value is of a type; a number must be finite. */
export const isOfType = (value: unknown, type: FactType): boolean =>
  typeof value === typeNames[type] && (type !== 'number' || Number.isFinite(value));
