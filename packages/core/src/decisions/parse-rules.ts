import { holesOf } from './fill-text.ts';
import { parseCondition } from './parse-condition.ts';
import { type Facts, factMeanings, type Rule, type RuleExample } from './rule.ts';
import { asList, asRecord, asText, isFactValue, type KnownField, refuseRule } from './rule-checks.ts';

const ruleKeys = new Set(['id', 'when', 'text', 'action', 'evidence', 'examples']);

/** Without a list of features, any `feature.<name>` is believed. */
const knownField =
  (features: ReadonlySet<string> | undefined): KnownField =>
  (field) =>
    Object.hasOwn(factMeanings, field) ||
    (field.startsWith('feature.') && (features?.has(field.slice('feature.'.length)) ?? true));

const parseFacts = (value: unknown, at: string, known: KnownField): Facts =>
  Object.fromEntries(
    Object.entries(asRecord(value, at)).map(([field, fact]) => {
      if (!known(field)) refuseRule(`${at}.${field}`, 'no such fact or feature');
      if (!isFactValue(fact)) refuseRule(`${at}.${field}`, 'must be a number, a text, true or false');
      return [field, fact];
    }),
  );

const parseExample = (value: unknown, at: string, known: KnownField): RuleExample => {
  const example = asRecord(value, at);
  if (typeof example.fires !== 'boolean') refuseRule(`${at}.fires`, 'must be true or false');
  return { facts: parseFacts(example.facts, `${at}.facts`, known), fires: example.fires };
};

const checkText = (text: string, at: string, known: KnownField): string => {
  for (const hole of holesOf(text)) {
    if (!known(hole.field)) refuseRule(at, `{${hole.field}} is no fact or feature`);
    if (!hole.known) refuseRule(at, `there is no format "${hole.format}"`);
  }
  return text;
};

const parseRule = (value: unknown, at: string, known: KnownField): Rule => {
  const rule = asRecord(value, at);
  const stranger = Object.keys(rule).find((key) => !ruleKeys.has(key));
  if (stranger !== undefined) refuseRule(`${at}.${stranger}`, `is not a field of a rule; those are ${[...ruleKeys].join(', ')}`);
  const evidence = asList(rule.evidence ?? [], `${at}.evidence`).map((field, index) => asText(field, `${at}.evidence[${index}]`));
  const unknown = evidence.find((field) => !known(field));
  if (unknown !== undefined) refuseRule(`${at}.evidence`, `no such fact or feature: ${unknown}`);
  return {
    id: asText(rule.id, `${at}.id`),
    when: parseCondition(rule.when, `${at}.when`, known),
    text: checkText(asText(rule.text, `${at}.text`), `${at}.text`, known),
    action: checkText(asText(rule.action, `${at}.action`), `${at}.action`, known),
    evidence,
    examples: asList(rule.examples ?? [], `${at}.examples`).map((example, index) =>
      parseExample(example, `${at}.examples[${index}]`, known),
    ),
  };
};

/** Reads rules from plain data (a parsed YAML file: `{rules: […]}`); INPUT_INVALID names the place of whatever is wrong. */
export function parseRules(data: unknown, features?: Iterable<string>): readonly Rule[] {
  const known = knownField(features === undefined ? undefined : new Set(features));
  const rules = asList(asRecord(data, 'the file').rules, 'rules').map((rule, index) => parseRule(rule, `rules[${index}]`, known));
  const twice = rules.find((rule, index) => rules.findIndex(({ id }) => id === rule.id) !== index);
  if (twice !== undefined) refuseRule('rules', `the id "${twice.id}" is there twice`);
  return rules;
}
