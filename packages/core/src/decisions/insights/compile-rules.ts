import { type Activation, type Compiled, compileExpression } from '../rules/compile-expression.ts';
import type { FactValue } from '../rules/expression.ts';
import { openSlots } from '../rules/slots.ts';
import { compileText, type FillText } from './compile-text.ts';
import type { Rule, RuleFile } from './rule.ts';

/** One rule, ready to be asked and to speak. */
export interface CompiledRule {
  readonly rule: Rule;
  readonly holds: Compiled;
  readonly text: FillText;
  readonly action: FillText;
  /** Slots of its evidence, parallel to `rule.evidence`. */
  readonly evidence: readonly number[];
  /** Number of its group; −1 = none. */
  readonly group: number;
}

/** Rules in one language, ready to be asked. */
export interface CompiledRules {
  readonly rules: readonly CompiledRule[];
  /** The facts that some rule asks for or shows, by slot. */
  readonly asked: readonly string[];
  readonly groups: number;
}

/** The language closest to the one asked for: itself, its broader form (de for de-AT), else the file's own. */
function wordsOf({ words }: Rule, language: string, own: string): readonly [string, { text: string; action: string }] {
  const name = [language, language.split('-', 1)[0]!, own].find((one) => words.has(one))!;
  return [name, words.get(name)!];
}

/** Compiles a file of rules for a language, once. */
export function compileRules({ rules, language: own }: RuleFile, language = own): CompiledRules {
  const { slotOf, names: asked } = openSlots();
  const groups: string[] = [];
  const groupOf = (group: string | undefined): number => {
    if (group === undefined) return -1;
    const at = groups.indexOf(group);
    return at >= 0 ? at : groups.push(group) - 1;
  };
  const compiled = rules.map((rule): CompiledRule => {
    const [spoken, { text, action }] = wordsOf(rule, language, own);
    return {
      rule,
      holds: compileExpression(rule.when, slotOf),
      text: compileText(text, spoken, slotOf),
      action: compileText(action, spoken, slotOf),
      evidence: rule.evidence.map(slotOf),
      group: groupOf(rule.group),
    };
  });
  return { rules: compiled, asked, groups: groups.length };
}

/** Facts by name as an activation of these slots. */
export const activationOf = (asked: readonly string[], facts: Readonly<Record<string, FactValue>>): Activation =>
  asked.map((name) => (Object.hasOwn(facts, name) ? facts[name] : undefined));

/** What a file of rules gets wrong about its own examples, in words; empty = right. A rule without an example that fires is wrong. */
export function failedExamples({ rules }: RuleFile): string[] {
  return rules.flatMap((rule) => {
    const { slotOf, names } = openSlots();
    const holds = compileExpression(rule.when, slotOf);
    return [
      ...(rule.examples.some(({ fires }) => fires) ? [] : [`${rule.id}: no example in which it fires`]),
      ...rule.examples
        .filter(({ facts, fires }) => (holds(activationOf(names, facts)) === true) !== fires)
        .map(({ facts, fires }) => `${rule.id}: ${JSON.stringify(facts)} should ${fires ? 'fire' : 'not fire'}`),
    ];
  });
}
