import type { Activation } from '../rules/compile-expression.ts';
import type { FactValue } from '../rules/expression.ts';
import type { CompiledRule, CompiledRules } from './compile-rules.ts';
import { defaultSet, type Rule, silentSet } from './rule.ts';

/** One reason behind an insight. `value` null = not known; `contribution` null = not a model feature, or not explained. */
export interface EvidenceOf {
  readonly feature: string;
  readonly value: FactValue | null;
  readonly contribution: number | null;
}

/** A rule that fired, with its texts filled and its evidence gathered. */
export interface FiredInsight {
  readonly rule: string;
  readonly text: string;
  readonly action: string;
  readonly evidence: readonly EvidenceOf[];
}

/** One answer, for the rules. */
export interface Spoken {
  /** By the slots of the compiled rules. */
  readonly facts: Activation;
  /** By feature, log-odds; undefined = not explained. */
  readonly contributions: ReadonlyMap<string, number> | undefined;
  /** A feature's value; undefined = not known. */
  readonly featureValue: (name: string) => number | undefined;
  /** Whether this shopper may be told now; asked only of rules with a cap that would otherwise speak. Default: always. */
  readonly mayTell?: (rule: Rule) => boolean;
  /** The insight set that speaks; default: `default`. */
  readonly set?: string | undefined;
}

/** Features shown where a rule names none. */
const strongestShown = 3;
const prefix = 'feature.';
const nobodyExplained: ReadonlyMap<string, number> = new Map();

/** The features that raised the answer most, the strongest first. */
function strongest({ contributions = nobodyExplained, featureValue }: Spoken): EvidenceOf[] {
  const best: [feature: string, contribution: number][] = [];
  let least = 0;
  contributions.forEach((contribution, feature) => {
    if (!(contribution > least)) return;
    const at = best.findIndex(([, weaker]) => weaker < contribution);
    best.splice(at < 0 ? best.length : at, 0, [feature, contribution]);
    if (best.length > strongestShown) best.pop();
    if (best.length === strongestShown) least = best[strongestShown - 1]![1];
  });
  return best.map(([feature, contribution]) => ({ feature, value: featureValue(feature) ?? null, contribution }));
}

function evidenceOf({ rule, evidence }: CompiledRule, { facts, contributions = nobodyExplained }: Spoken): EvidenceOf[] {
  const found = rule.evidence.map((field, index): EvidenceOf => {
    const feature = field.startsWith(prefix) ? field.slice(prefix.length) : field;
    return { feature, value: facts[evidence[index]!] ?? null, contribution: contributions.get(feature) ?? null };
  });
  return found.length < 2 ? found : found.sort((a, b) => Math.abs(b.contribution ?? 0) - Math.abs(a.contribution ?? 0));
}

/** Every rule of the set that speaks on one answer, in order: those that hold, one of each group, unless the shopper was told often enough. */
export function speak({ rules, groups }: CompiledRules, spoken: Spoken): FiredInsight[] {
  const { facts, mayTell, set = defaultSet } = spoken;
  if (set === silentSet) return [];
  const insights: FiredInsight[] = [];
  const taken = groups === 0 ? undefined : new Uint8Array(groups);
  let shared: EvidenceOf[] | undefined;
  for (const compiled of rules) {
    const { rule, holds, text, action, group } = compiled;
    if (group >= 0 && taken![group] === 1) continue;
    if (rule.sets !== undefined && !rule.sets.includes(set)) continue;
    if (holds(facts) !== true) continue;
    if (rule.cap !== undefined && mayTell !== undefined && !mayTell(rule)) continue;
    if (group >= 0) taken![group] = 1;
    if (rule.evidence.length === 0) shared ??= strongest(spoken);
    const evidence = rule.evidence.length === 0 ? shared! : evidenceOf(compiled, spoken);
    insights.push({ rule: rule.id, text: text(facts), action: action(facts), evidence });
  }
  return insights;
}

/** What to do, in a sentence: the action of the first rule that holds. */
export function recommend({ rules }: CompiledRules, facts: Activation): string | undefined {
  for (const { holds, action } of rules) if (holds(facts) === true) return action(facts);
  return undefined;
}
