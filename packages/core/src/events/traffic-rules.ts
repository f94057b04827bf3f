import { TillcastError } from '../errors/tillcast-error.ts';
import type { TrafficMark } from './event.ts';
import { type IpRange, parseIpRange } from './ip-range.ts';
import { limits } from './limits.ts';
import { show } from './problems.ts';
import { type Fields, isFields } from './read-field.ts';

/** What makes a rule mark an event: all that it says must hold. */
export interface TrafficCondition {
  /** `context.user_agent` contains one of these, whatever their case (given here in lower case). */
  readonly userAgent?: readonly string[];
  /** `context.ip` lies in one of these. */
  readonly ip?: readonly IpRange[];
  /** `context` has these values. */
  readonly context?: Readonly<Record<string, string | number | boolean>>;
  /** The shopper sends more than so many events within so long, by the time they happened. */
  readonly rate?: { readonly events: number; readonly withinMs: number };
}

/** One rule: events it applies to are kept, marked, and teach nothing. */
export interface TrafficRule {
  readonly id: string;
  readonly mark: TrafficMark['kind'];
  readonly when: TrafficCondition;
}

/** Rules as data; the first that applies marks. */
export interface TrafficRules {
  readonly version: string;
  readonly rules: readonly TrafficRule[];
}

const maxRules = 64;
const maxEntries = 1_024;

const refuse = (at: string, what: string): never => {
  throw new TillcastError('INPUT_INVALID', `traffic rules: ${at}: ${what}`);
};

const asText = (value: unknown, at: string): string =>
  typeof value === 'string' && value.trim() !== '' && value.length <= limits.idLength
    ? value.trim()
    : refuse(at, `must be a text of at most ${limits.idLength} characters, not ${show(value)}`);

function asFields(value: unknown, at: string, known?: readonly string[]): Fields {
  if (!isFields(value)) return refuse(at, `must be a mapping, not ${show(value)}`);
  const stranger = known && Object.keys(value).find((key) => !known.includes(key));
  return stranger === undefined ? value : refuse(`${at}.${stranger}`, `is not known here; known: ${known!.join(', ')}`);
}

function asTexts(value: unknown, at: string): string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > maxEntries)
    return refuse(at, `must be a list of 1 to ${maxEntries} texts, not ${show(value)}`);
  return value.map((entry: unknown, index) => asText(entry, `${at}[${index}]`));
}

function asNumber(value: unknown, at: string, low: number, high: number): number {
  return Number.isInteger(value) && (value as number) >= low && (value as number) <= high
    ? (value as number)
    : refuse(at, `must be a whole number from ${low} to ${high}, not ${show(value)}`);
}

function asContext(value: unknown, at: string): NonNullable<TrafficCondition['context']> {
  const fields = asFields(value, at);
  for (const [name, given] of Object.entries(fields)) {
    const simple =
      typeof given === 'string' || typeof given === 'boolean' || (typeof given === 'number' && Number.isFinite(given));
    if (!simple) refuse(`${at}.${name}`, `must be a text, a number, true or false, not ${show(given)}`);
  }
  if (Object.keys(fields).length === 0) refuse(at, 'names nothing, and would mark everything');
  return fields as NonNullable<TrafficCondition['context']>;
}

const ranges = (value: unknown, at: string): IpRange[] =>
  asTexts(value, at).map(
    (text, index) =>
      parseIpRange(text) ?? refuse(`${at}[${index}]`, `${show(text)} is no address or range such as 10.0.0.0/8 or 2001:db8::/32`),
  );

const conditions = ['user_agent', 'ip', 'context', 'more_than', 'within_seconds'] as const;

function parseCondition(value: unknown, at: string): TrafficCondition {
  const when = asFields(value, at, conditions);
  const { user_agent, ip, context, more_than, within_seconds } = when;
  if (Object.keys(when).length === 0) refuse(at, 'says nothing, and would mark everything');
  if ((more_than === undefined) !== (within_seconds === undefined))
    refuse(at, 'more_than and within_seconds go together: more than so many events within so many seconds');
  return {
    ...(user_agent === undefined ? {} : { userAgent: asTexts(user_agent, `${at}.user_agent`).map((text) => text.toLowerCase()) }),
    ...(ip === undefined ? {} : { ip: ranges(ip, `${at}.ip`) }),
    ...(context === undefined ? {} : { context: asContext(context, `${at}.context`) }),
    ...(more_than === undefined
      ? {}
      : {
          rate: {
            events: asNumber(more_than, `${at}.more_than`, 1, 1_000_000),
            withinMs: asNumber(within_seconds, `${at}.within_seconds`, 1, 86_400) * 1_000,
          },
        }),
  };
}

function parseRule(value: unknown, at: string): TrafficRule {
  const { id, mark, when } = asFields(value, at, ['id', 'mark', 'when']);
  if (mark !== 'bot' && mark !== 'internal') return refuse(`${at}.mark`, `must be bot or internal, not ${show(mark)}`);
  return { id: asText(id, `${at}.id`), mark, when: parseCondition(when, `${at}.when`) };
}

/** Reads traffic rules from plain data (a parsed YAML file: `{version, rules: […]}`); INPUT_INVALID names the place, the value and the remedy. */
export function parseTrafficRules(data: unknown): TrafficRules {
  const { version, rules } = asFields(data, 'the file', ['version', 'rules']);
  if (!Array.isArray(rules) || rules.length > maxRules) return refuse('rules', `must be a list of at most ${maxRules} rules`);
  const parsed = rules.map((rule: unknown, index) => parseRule(rule, `rules[${index}]`));
  const twice = parsed.find(({ id }, index) => parsed.findIndex((rule) => rule.id === id) !== index);
  if (twice !== undefined) refuse('rules', `the id "${twice.id}" is there twice; rename one`);
  const named = typeof version === 'number' ? String(version) : version;
  return { version: asText(named, 'version'), rules: parsed };
}
