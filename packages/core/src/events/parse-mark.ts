import type { TrafficMark } from './event.ts';
import { limits } from './limits.ts';
import { show } from './problems.ts';
import { isFields, textProblem } from './read-field.ts';

const names = ['kind', 'rule', 'version'] as const;

/** Takes a stored traffic mark back, or says in a sentence why it is none. */
export function parseMark(value: unknown): TrafficMark | string {
  if (!isFields(value) || Object.keys(value).some((name) => !(names as readonly string[]).includes(name)))
    return `must be an object of kind, rule and version, not ${show(value)}`;
  const { kind, rule, version } = value;
  if (kind !== 'bot' && kind !== 'internal') return `its kind must be bot or internal, not ${show(kind)}`;
  for (const [name, text] of [['rule', rule] as const, ['version', version] as const]) {
    const problem = text === '' ? 'must not be empty' : textProblem(text, limits.idLength);
    if (problem !== undefined) return `its ${name} ${problem}`;
  }
  return { kind, rule: rule as string, version: version as string };
}
