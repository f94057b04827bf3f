import { firing } from './evaluate.ts';
import { fillText } from './fill-text.ts';
import type { Facts, FactValue, Rule } from './rule.ts';

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

/** Features shown where a rule names none. */
const strongestShown = 3;
const prefix = 'feature.';

const evidenceOf = (field: string, facts: Facts, contributions: ReadonlyMap<string, number>): EvidenceOf => {
  const feature = field.startsWith(prefix) ? field.slice(prefix.length) : field;
  const value = facts[field];
  return {
    feature,
    value: value === undefined || Number.isNaN(value) ? null : value,
    contribution: contributions.get(feature) ?? null,
  };
};

const strongest = (facts: Facts, contributions: ReadonlyMap<string, number>): EvidenceOf[] =>
  [...contributions]
    .filter(([, contribution]) => contribution > 0)
    .sort(([, a], [, b]) => b - a)
    .slice(0, strongestShown)
    .map(([feature]) => evidenceOf(`${prefix}${feature}`, facts, contributions));

/** Every insight that fires on one prediction. Evidence comes strongest first; a rule that names none shows what raised the answer most. */
export function insightsOf(rules: readonly Rule[], facts: Facts, contributions: ReadonlyMap<string, number>): FiredInsight[] {
  return firing(rules, facts).map((rule) => ({
    rule: rule.id,
    text: fillText(rule.text, facts),
    action: fillText(rule.action, facts),
    evidence:
      rule.evidence.length === 0
        ? strongest(facts, contributions)
        : rule.evidence
            .map((field) => evidenceOf(field, facts, contributions))
            .sort((a, b) => Math.abs(b.contribution ?? 0) - Math.abs(a.contribution ?? 0)),
  }));
}

/** What to do, in a sentence: the action of the first rule that fires. */
export function recommendationOf(rules: readonly Rule[], facts: Facts): string | undefined {
  const first = firing(rules, facts)[0];
  return first === undefined ? undefined : fillText(first.action, facts);
}
