import type { Expression, FactValue } from '../rules/expression.ts';

/** What a rule is about. */
export const families = ['intent', 'category', 'time', 'price', 'cart', 'loyalty', 'churn', 'stock', 'model'] as const;
export type Family = (typeof families)[number];

/** Facts by name with which a rule must fire, or must not: the rule's own test. */
export interface RuleExample {
  readonly facts: Readonly<Record<string, FactValue>>;
  readonly fires: boolean;
}

/** What a rule says in one language. May hold `{fact}` or `{fact|format}`; see `compileText`. */
export interface RuleWords {
  readonly text: string;
  readonly action: string;
}

/** How often one shopper may be told. */
export interface Cap {
  readonly times: number;
  readonly withinMs: number;
}

/** One insight as data: when it fires, what it says in which language, what to do, and which facts speak for it. */
export interface Rule {
  readonly id: string;
  readonly family: Family;
  /** The condition as it was written. */
  readonly source: string;
  readonly when: Expression;
  /** By language; the file's own language is there. */
  readonly words: ReadonlyMap<string, RuleWords>;
  /** Facts shown as evidence; empty = the features that raised the answer most. */
  readonly evidence: readonly string[];
  /** Of the rules of a group that would fire, only the first speaks. */
  readonly group?: string;
  /** Higher speaks first; rules of equal priority in the order of the file. */
  readonly priority: number;
  readonly cap?: Cap;
  /** Insight sets it belongs to; absent = all of them. */
  readonly sets?: readonly string[];
  readonly examples: readonly RuleExample[];
}

/** The insight set that speaks where no experiment chose another. */
export const defaultSet = 'default';
/** The insight set that says nothing: what insights are compared with. */
export const silentSet = 'none';

/** The insight sets that experiments can choose among, with these rules: `default`, `none`, and those that rules name. */
export const setsOf = ({ rules }: RuleFile): ReadonlySet<string> =>
  new Set([defaultSet, silentSet, ...rules.flatMap(({ sets = [] }) => sets)]);

/** A file of rules, checked. */
export interface RuleFile {
  /** What is said where the language asked for is not there. */
  readonly language: string;
  /** In the order in which they speak. */
  readonly rules: readonly Rule[];
}
