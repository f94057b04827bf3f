import { TillcastError } from '../errors/tillcast-error.ts';
import type { FactValue } from './rule.ts';

/** Whether a rule may ask about a field. */
export type KnownField = (field: string) => boolean;

/** Refuses a rule file, naming the place. */
export function refuseRule(at: string, what: string): never {
  throw new TillcastError('INPUT_INVALID', `insight rules: ${at}: ${what}`);
}

/** The value as a plain object, or a refusal. */
export function asRecord(value: unknown, at: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuseRule(at, 'must be a mapping');
  return value as Record<string, unknown>;
}

/** The value as a text that says something, or a refusal. */
export function asText(value: unknown, at: string): string {
  if (typeof value !== 'string' || value.trim() === '')
    refuseRule(at, `must be a text, not ${JSON.stringify(value) ?? 'absent'}`);
  return value.trim();
}

/** The value as a list, or a refusal. */
export function asList(value: unknown, at: string): readonly unknown[] {
  if (!Array.isArray(value)) refuseRule(at, 'must be a list');
  return value;
}

/** Whether a value can stand for a fact: a finite number, a text, true or false. */
export const isFactValue = (value: unknown): value is FactValue =>
  typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
