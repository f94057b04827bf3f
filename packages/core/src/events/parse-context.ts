import type { ShopEvent } from './event.ts';
import { limits } from './limits.ts';
import { below, type Problems, show } from './problems.ts';
import { isFields, textProblem } from './read-field.ts';

type Context = NonNullable<ShopEvent['context']>;

/** Reads `context`: flat, few keys, sorted by name, so that equal contexts have equal bodies. */
export function readContext(value: unknown, problems: Problems): Context | undefined {
  if (value === undefined) return undefined;
  if (!isFields(value)) return problems.add('/context', `must be an object of texts, numbers and flags, not ${show(value)}`);
  const names = Object.keys(value);
  if (names.length > limits.contextKeys)
    return problems.add('/context', `holds ${names.length} keys; at most ${limits.contextKeys}`);
  for (const name of names) {
    const problem = nameProblem(name) ?? valueProblem(value[name]);
    if (problem !== undefined) problems.add(below('/context', name), problem);
  }
  // Object.fromEntries defines own properties whatever their names; −0 becomes 0 as everywhere.
  return Object.fromEntries(names.sort().map((name) => [name, withoutNegativeZero(value[name])])) as Context;
}

function nameProblem(name: string): string | undefined {
  if (name === '') return 'has an empty name';
  if (name === '__proto__') return 'must not be named __proto__; rename it';
  const problem = textProblem(name, limits.idLength);
  return problem === undefined ? undefined : `its name ${problem}`;
}

function valueProblem(value: unknown): string | undefined {
  if (typeof value === 'boolean') return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `must be finite, not ${show(value)}`;
  if (typeof value === 'string') return textProblem(value, limits.textLength);
  return `must be text, a number or a flag, not ${show(value)}`;
}

const withoutNegativeZero = (value: unknown): unknown => (value === 0 ? 0 : value);
