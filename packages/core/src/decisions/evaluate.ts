import type { Condition, Facts, FactValue, Operator, Rule } from './rule.ts';

type Operand = FactValue | readonly FactValue[];

const ordered =
  (compare: (a: number, b: number) => boolean) =>
  (fact: FactValue, value: Operand): boolean =>
    typeof fact === 'number' && typeof value === 'number' && compare(fact, value);

const comparisons: Record<Operator, (fact: FactValue, value: Operand) => boolean> = {
  equals: (fact, value) => fact === value,
  not_equals: (fact, value) => fact !== value,
  above: ordered((a, b) => a > b),
  at_least: ordered((a, b) => a >= b),
  below: ordered((a, b) => a < b),
  at_most: ordered((a, b) => a <= b),
  one_of: (fact, value) => Array.isArray(value) && value.includes(fact),
  starts_with: (fact, value) => typeof fact === 'string' && typeof value === 'string' && fact.startsWith(value),
};

/** Whether a condition holds. What is not known makes a comparison false, never true. */
export function holds(condition: Condition, facts: Facts): boolean {
  switch (condition.kind) {
    case 'all':
      return condition.of.every((part) => holds(part, facts));
    case 'any':
      return condition.of.some((part) => holds(part, facts));
    case 'not':
      return !holds(condition.of, facts);
    case 'compare': {
      const fact = Object.hasOwn(facts, condition.field) ? facts[condition.field] : undefined;
      if (fact === undefined || Number.isNaN(fact)) return false;
      return comparisons[condition.operator](fact, condition.value);
    }
  }
}

/** The rules that fire, in the order they are written in. */
export const firing = (rules: readonly Rule[], facts: Facts): Rule[] => rules.filter((rule) => holds(rule.when, facts));

/** What a rule set gets wrong about its own examples, in words; empty = right. A rule without an example that fires is wrong. */
export function failedExamples(rules: readonly Rule[]): string[] {
  return rules.flatMap((rule) => [
    ...(rule.examples.some(({ fires }) => fires) ? [] : [`${rule.id}: no example in which it fires`]),
    ...rule.examples
      .filter(({ facts, fires }) => holds(rule.when, facts) !== fires)
      .map(({ facts, fires }) => `${rule.id}: ${JSON.stringify(facts)} should ${fires ? 'fire' : 'not fire'}`),
  ]);
}
