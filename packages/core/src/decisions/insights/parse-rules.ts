import { parseDuration } from '../../learning/duration.ts';
import type { FactValue, ParseExpression } from '../rules/expression.ts';
import {
  asId,
  asLanguage,
  asList,
  asRecord,
  asText,
  asTexts,
  asWhole,
  refuseRule,
  refuseTwice,
  shown,
} from '../rules/rule-checks.ts';
import { factType, isOfType, type Vocabulary } from '../rules/vocabulary.ts';
import { holesOf } from './compile-text.ts';
import {
  type Cap,
  type Family,
  families,
  type Rule,
  type RuleExample,
  type RuleFile,
  type RuleWords,
  silentSet,
} from './rule.ts';

/** What reading rules needs: the words they may use, and the language of conditions. */
export interface RuleReading {
  readonly vocabulary: Vocabulary;
  readonly parseExpression: ParseExpression;
}

const fileKeys = ['language', 'rules'];
const ruleKeys = ['id', 'family', 'when', 'text', 'action', 'evidence', 'group', 'priority', 'cap', 'sets', 'examples'];
const mostRules = 200;
const mostEvidence = 16;
const mostCapped = 100;
const mostSets = 16;

function asFamily(value: unknown, at: string): Family {
  const family = families.find((name) => name === value);
  return family ?? refuseRule(at, `must be one of ${families.join(', ')}, not ${shown(value)}`);
}

function checkHoles(text: string, at: string, vocabulary: Vocabulary): void {
  for (const { field, format, known } of holesOf(text)) {
    if (factType(vocabulary, field) === undefined) refuseRule(at, `{${field}} is no fact or feature`);
    if (!known) refuseRule(at, `there is no format "${format}"`);
  }
}

function parseWords(rule: Readonly<Record<string, unknown>>, at: string, language: string): ReadonlyMap<string, RuleWords> {
  const texts = asTexts(rule.text, `${at}.text`, language);
  const actions = asTexts(rule.action, `${at}.action`, language);
  const lacking = [...texts.keys()].find((name) => !actions.has(name)) ?? [...actions.keys()].find((name) => !texts.has(name));
  if (lacking !== undefined) refuseRule(at, `text and action must be there in the same languages; ${lacking} is in one of them`);
  return new Map([...texts].map(([name, text]) => [name, { text, action: actions.get(name)! }]));
}

function parseFacts(value: unknown, at: string, vocabulary: Vocabulary): Readonly<Record<string, FactValue>> {
  return Object.fromEntries(
    Object.entries(asRecord(value, at)).map(([name, fact]) => {
      const type = factType(vocabulary, name) ?? refuseRule(`${at}.${name}`, 'no such fact or feature');
      if (!isOfType(fact, type))
        refuseRule(`${at}.${name}`, `must be a ${type === 'truth' ? 'true or false' : type}, not ${shown(fact)}`);
      return [name, fact as FactValue];
    }),
  );
}

function parseExample(value: unknown, at: string, vocabulary: Vocabulary): RuleExample {
  const { facts, fires } = asRecord(value, at, ['facts', 'fires']);
  if (typeof fires !== 'boolean') return refuseRule(`${at}.fires`, `must be true or false, not ${shown(fires)}`);
  return { facts: parseFacts(facts, `${at}.facts`, vocabulary), fires };
}

function parseCap(value: unknown, at: string): Cap {
  const { times, within } = asRecord(value, at, ['times', 'within']);
  const text = asText(within, `${at}.within`);
  try {
    return { times: asWhole(times, `${at}.times`, 1, mostCapped), withinMs: parseDuration(text) };
  } catch (error) {
    return refuseRule(at, (error as Error).message);
  }
}

function parseSets(value: unknown, at: string): readonly string[] {
  const sets = asList(value, at, mostSets).map((set, index) => asId(set, `${at}[${index}]`));
  if (sets.length === 0) refuseRule(at, 'is empty: leave it out, and the rule speaks in every set');
  refuseTwice(sets, at);
  return sets.includes(silentSet) ? refuseRule(at, `"${silentSet}" is the set that says nothing; name another`) : sets;
}

function parseEvidence(value: unknown, at: string, vocabulary: Vocabulary): readonly string[] {
  const evidence = asList(value, at, mostEvidence).map((field, index) => asText(field, `${at}[${index}]`));
  const unknown = evidence.find((field) => factType(vocabulary, field) === undefined);
  return unknown === undefined ? evidence : refuseRule(at, `no such fact or feature: ${unknown}`);
}

function parseRule(value: unknown, at: string, language: string, { vocabulary, parseExpression }: RuleReading): Rule {
  const rule = asRecord(value, at, ruleKeys);
  if (typeof rule.when === 'object' && rule.when !== null)
    refuseRule(`${at}.when`, 'is a mapping; write the condition as a text in CEL, such as "price > 500.0"');
  const source = asText(rule.when, `${at}.when`);
  const words = parseWords(rule, at, language);
  for (const [name, { text, action }] of words) {
    checkHoles(text, `${at}.text.${name}`, vocabulary);
    checkHoles(action, `${at}.action.${name}`, vocabulary);
  }
  return {
    id: asId(rule.id, `${at}.id`),
    family: asFamily(rule.family, `${at}.family`),
    source,
    when: parseExpression(source, `${at}.when`),
    words,
    evidence: parseEvidence(rule.evidence ?? [], `${at}.evidence`, vocabulary),
    ...(rule.group === undefined ? {} : { group: asId(rule.group, `${at}.group`) }),
    priority: rule.priority === undefined ? 0 : asWhole(rule.priority, `${at}.priority`, -1_000, 1_000),
    ...(rule.cap === undefined ? {} : { cap: parseCap(rule.cap, `${at}.cap`) }),
    ...(rule.sets === undefined ? {} : { sets: parseSets(rule.sets, `${at}.sets`) }),
    examples: asList(rule.examples ?? [], `${at}.examples`).map((example, index) =>
      parseExample(example, `${at}.examples[${index}]`, vocabulary),
    ),
  };
}

/** Reads rules from plain data (a parsed YAML file: `{language?, rules: […]}`); INPUT_INVALID names the place of whatever is wrong, and the remedy. */
export function parseRules(data: unknown, reading: RuleReading): RuleFile {
  const file = asRecord(data, 'the file', fileKeys);
  const language = file.language === undefined ? 'en' : asLanguage(file.language, 'language');
  const rules = asList(file.rules, 'rules', mostRules).map((rule, index) =>
    parseRule(rule, `rules[${index}]`, language, reading),
  );
  refuseTwice(
    rules.map(({ id }) => id),
    'rules',
  );
  return { language, rules: rules.toSorted((a, b) => b.priority - a.priority) };
}
